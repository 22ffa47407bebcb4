interface Options {
  signal?: AbortSignal
}

/** Settles after so many milliseconds, or fails as soon as the signal is aborted. */
function wait<T>(milliseconds: number | undefined, value: T, { signal }: Options = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = globalThis.setTimeout(() => {
      signal?.removeEventListener("abort", abort)
      resolve(value)
    }, milliseconds)
    signal?.addEventListener("abort", abort, { once: true })
  })
}

/** Again and again, until the loop over it ends. */
export async function* setInterval<T>(milliseconds: number, value: T, options?: Options): AsyncGenerator<T> {
  for (;;) yield await wait(milliseconds, value, options)
}

export { wait as setTimeout }
export const setImmediate = <T>(value: T, options?: Options): Promise<T> => wait(0, value, options)
export const scheduler = {
  wait: (milliseconds: number, options?: Options) => wait(milliseconds, undefined, options),
  yield: () => wait(0, undefined),
}
export default { setTimeout: wait, setImmediate, setInterval, scheduler }
