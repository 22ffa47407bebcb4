import { types } from "node:util"

/**
 * An object under examination. Each of its properties is read once, however many recognizers ask for it: a
 * getter may compute for a second or count how often it is called. One that throws has nothing to say.
 */
export class Specimen {
  readonly #read = new Map<PropertyKey, unknown>()

  constructor(readonly value: object) {}

  get(name: PropertyKey): unknown {
    if (!this.#read.has(name))
      this.#read.set(
        name,
        attempt(() => Reflect.get(this.value, name)),
      )
    return this.#read.get(name)
  }

  has(method: PropertyKey): boolean {
    return typeof this.get(method) === "function"
  }

  /** What the method returns; undefined if there is none or if it throws. */
  call(method: PropertyKey, ...args: unknown[]): unknown {
    const found = this.get(method)
    return typeof found === "function" ? attempt(() => Reflect.apply(found, this.value, args)) : undefined
  }

  /** The name of its class; undefined for plain objects. */
  get className(): string | undefined {
    const made = this.get("constructor")
    const name = typeof made === "function" && made !== Object ? made.name : ""
    return name || undefined
  }

  /** Remote objects and mocks are proxies that have whatever one asks for; what they have says nothing. */
  get answersEverything(): boolean {
    return types.isProxy(this.value) && this.get("a property that no object has") !== undefined
  }
}

/** Other people's code, run only to look at a value: when it fails, the value is shown without its answer. */
function attempt(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** An object that is only its properties: a literal, or what JSON.parse gives. A proxy may be anything. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object" || types.isProxy(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  // Objects of another realm have another Object.prototype; it too is the end of its chain.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf")
}
