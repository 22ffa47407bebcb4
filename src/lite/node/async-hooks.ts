// Node's AsyncLocalStorage where nothing tells what follows from what. Promises and timers carry what was current when a
// callback was handed over; the bundle has its async functions written out as such callbacks (`then`), and the cells'
// are compiled to ask `pause` and `resume` at every await.

/** What each storage holds now. A frame is never changed: a new one takes its place. */
type Frame = ReadonlyMap<AsyncLocalStorage<unknown>, unknown>

const outside: Frame = new Map()
let current = outside

function within<Result>(frame: Frame, run: () => Result): Result {
  const before = current
  current = frame
  try {
    return run()
  } finally {
    current = before
  }
}

type Callback = (this: unknown, ...args: never[]) => unknown

/** The function, to be called where it is now. */
function carried<Function extends Callback | null | undefined | string>(callback: Function): Function {
  if (typeof callback !== "function" || current === outside) return callback
  const frame = current
  return function (this: unknown, ...args: never[]) {
    return within(frame, () => callback.apply(this, args))
  } as Function
}

export class AsyncLocalStorage<Store> {
  run<Args extends unknown[], Result>(
    store: Store,
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result {
    const frame = new Map(current).set(this as AsyncLocalStorage<unknown>, store)
    return within(frame, () => callback(...args))
  }

  exit<Result>(callback: () => Result): Result {
    const frame = new Map(current)
    frame.delete(this as AsyncLocalStorage<unknown>)
    return within(frame, callback)
  }

  getStore(): Store | undefined {
    return current.get(this as AsyncLocalStorage<unknown>) as Store | undefined
  }

  static snapshot(): <Args extends unknown[], Result>(
    callback: (...args: Args) => Result,
    ...args: Args
  ) => Result {
    const frame = current
    return (callback, ...args) => within(frame, () => callback(...args))
  }

  static bind<Function extends Callback>(callback: Function): Function {
    return carried(callback)
  }
}

/** What an await of a cell waits for, and where it was. */
export interface Paused {
  frame: Frame
  outcome: { value: unknown } | { error: unknown }
}

/** `await x` in an async function of a cell is `resume(await pause(x))`. */
export function pause(value: unknown): Promise<Paused> {
  const frame = current
  return new Promise((resolve) => {
    nativeThen.call(
      Promise.resolve(value),
      (got: unknown) => resolve({ frame, outcome: { value: got } }),
      (error: unknown) => resolve({ frame, outcome: { error } }),
    )
  })
}

/** Goes on where `pause` was called, until the function awaits again or ends: what comes then is another job. */
export function resume({ frame, outcome }: Paused): unknown {
  const before = current
  current = frame
  nativeMicrotask(() => {
    if (current === frame) current = before
  })
  if ("error" in outcome) throw outcome.error
  return outcome.value
}

const nativeThen = Promise.prototype.then
const nativeMicrotask = globalThis.queueMicrotask.bind(globalThis)

/** Makes promises and timers of this thread carry what is current. To be called once, first of all. */
export function carryThroughCallbacks(): void {
  // biome-ignore lint/suspicious/noThenProperty: the promise's own
  Promise.prototype.then = function (this: Promise<unknown>, done?: unknown, failed?: unknown) {
    return nativeThen.call(this, carried(done as Callback) as never, carried(failed as Callback) as never)
  } as typeof Promise.prototype.then
  for (const name of ["setTimeout", "setInterval", "queueMicrotask"] as const) {
    const native = globalThis[name] as (callback: unknown, ...rest: unknown[]) => unknown
    Object.assign(globalThis, {
      [name]: (callback: unknown, ...rest: unknown[]) =>
        native.call(globalThis, carried(callback as Callback), ...rest),
    })
  }
}

/** Node's name for something that callbacks belong to. */
export class AsyncResource {
  readonly #frame = current

  runInAsyncScope<Result>(
    callback: (...args: unknown[]) => Result,
    self?: unknown,
    ...args: unknown[]
  ): Result {
    return within(this.#frame, () => callback.apply(self, args))
  }
}

export default { AsyncLocalStorage, AsyncResource }
