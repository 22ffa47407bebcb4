// Functions that run on the main thread: the inspector takes over their source text, so that each must stand by
// itself. TypeScript leaves them as they are but for the types.

/** A part of an array, for clients that page; no getter runs. */
export function sliceOf(this: ArrayLike<unknown>, start: number, count: number): object {
  const part = Object.create(null)
  for (let i = start; i < Math.min(start + count, this.length); i++) {
    const property = Object.getOwnPropertyDescriptor(this, i)
    if (property) Object.defineProperty(part, i, property)
  }
  return part
}

/** Reads one property; this is what asks a getter. */
export function readProperty(this: object, name: string): unknown {
  return Reflect.get(this, name)
}

/** Writes one property and gives what is there afterwards. */
export function writeProperty(this: object, name: string, value: unknown): unknown {
  if (!Reflect.set(this, name, value)) throw new TypeError(`cannot set ${name}`)
  return Reflect.get(this, name)
}

/** How many elements an array has. */
export function lengthOf(this: ArrayLike<unknown>): number {
  return this.length
}

/** What a cell would show for a value, as JSON; `mayWait` where a promise of it can settle. */
export function bundleOf(this: unknown, value: unknown, mayWait: boolean): object | Promise<object> {
  const show = Reflect.get(globalThis, Symbol.for("prelab.show"))
  const shown = show(value)
  if (mayWait || !(shown instanceof Promise)) return shown
  return { "text/plain": process.getBuiltinModule("node:util").inspect(value, { depth: 4 }) }
}
