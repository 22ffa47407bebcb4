import { types } from "./util-types.js"

/** Node's `util.isDeepStrictEqual`: same values in the same structure, of the same classes. */
export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  return same(one, other, new Map())
}

/** @param open pairs that are being compared further up: a cycle is the same if all else is */
function same(one: unknown, other: unknown, open: Map<object, object>): boolean {
  if (Object.is(one, other)) return true
  if (!isObject(one) || !isObject(other)) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  if (open.get(one) === other) return true
  open.set(one, other)
  const result = sameInside(one, other, open) && sameProperties(one, other, open)
  open.delete(one)
  return result
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

/** What an object holds beside its properties. */
function sameInside(one: object, other: object, open: Map<object, object>): boolean {
  if (one instanceof Error && other instanceof Error)
    return one.name === other.name && one.message === other.message
  if (types.isDate(one)) return types.isDate(other) && Object.is(Number(one), Number(other))
  if (types.isRegExp(one)) return types.isRegExp(other) && String(one) === String(other)
  if (types.isBoxedPrimitive(one))
    return types.isBoxedPrimitive(other) && Object.is(one.valueOf(), other.valueOf())
  if (types.isAnyArrayBuffer(one))
    return same(new Uint8Array(one as ArrayBuffer), new Uint8Array(other as ArrayBuffer), open)
  if (types.isTypedArray(one))
    return types.isTypedArray(other) && sameNumbers(one as Numbers, other as Numbers)
  if (one instanceof Map)
    return other instanceof Map && one.size === other.size && sameEntries(one, other, open)
  if (one instanceof Set)
    return (
      other instanceof Set &&
      one.size === other.size &&
      [...one].every((value) => other.has(value) || [...other].some((each) => same(value, each, open)))
    )
  return Array.isArray(one) === Array.isArray(other)
}

function sameEntries(
  one: Map<unknown, unknown>,
  other: Map<unknown, unknown>,
  open: Map<object, object>,
): boolean {
  return [...one].every(([key, value]) =>
    other.has(key)
      ? same(value, other.get(key), open)
      : [...other].some(([each, its]) => isObject(key) && same(key, each, open) && same(value, its, open)),
  )
}

type Numbers = ArrayLike<number | bigint>

function sameNumbers(one: Numbers, other: Numbers): boolean {
  return (
    one.length === other.length && Array.prototype.every.call(one, (value, i) => Object.is(value, other[i]))
  )
}

function sameProperties(one: object, other: object, open: Map<object, object>): boolean {
  if (types.isTypedArray(one)) return true
  const [keys, others] = [ownKeys(one), ownKeys(other)]
  if (keys.length !== others.length) return false
  return keys.every(
    (key) =>
      Object.prototype.propertyIsEnumerable.call(other, key) &&
      same(one[key as never], other[key as never], open),
  )
}

function ownKeys(value: object): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(value)
  return [
    ...Object.keys(value),
    ...symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol)),
  ]
}
