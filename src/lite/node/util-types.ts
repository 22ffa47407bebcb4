/** Whether a getter or method that belongs to a class alone takes the value for one of its own. */
function isOf(ask: (value: never) => unknown): (value: unknown) => boolean {
  return (value) => {
    try {
      ask(value as never)
      return true
    } catch {
      return false
    }
  }
}

function getter(prototype: object, name: PropertyKey): (value: never) => unknown {
  const get = Object.getOwnPropertyDescriptor(prototype, name)!.get!
  return (value) => Reflect.apply(get, value, [])
}

const tagOf = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1)
const typedArrayName = getter(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
const hasName = (name: string) => (value: unknown) => typedArrayName(value as never) === name

const isArrayBuffer = isOf(getter(ArrayBuffer.prototype, "byteLength"))
const isSharedArrayBuffer =
  typeof SharedArrayBuffer === "undefined"
    ? () => false
    : isOf(getter(SharedArrayBuffer.prototype, "byteLength"))
const isNumberObject = boxed(isOf((value) => Number.prototype.valueOf.call(value)))
const isStringObject = boxed(isOf((value) => String.prototype.valueOf.call(value)))
const isBooleanObject = boxed(isOf((value) => Boolean.prototype.valueOf.call(value)))
const isSymbolObject = boxed(isOf((value) => Symbol.prototype.valueOf.call(value)))
const isBigIntObject = boxed(isOf((value) => BigInt.prototype.valueOf.call(value)))

function boxed(is: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => typeof value === "object" && value !== null && is(value)
}

/** Node's `util.types`, as far as a page can tell. */
export const types = {
  isTypedArray: (value: unknown) => typedArrayName(value as never) !== undefined,
  isUint8Array: hasName("Uint8Array"),
  isUint8ClampedArray: hasName("Uint8ClampedArray"),
  isUint16Array: hasName("Uint16Array"),
  isUint32Array: hasName("Uint32Array"),
  isInt8Array: hasName("Int8Array"),
  isInt16Array: hasName("Int16Array"),
  isInt32Array: hasName("Int32Array"),
  isFloat32Array: hasName("Float32Array"),
  isFloat64Array: hasName("Float64Array"),
  isBigInt64Array: hasName("BigInt64Array"),
  isBigUint64Array: hasName("BigUint64Array"),
  isArrayBufferView: ArrayBuffer.isView,
  isDataView: isOf(getter(DataView.prototype, "byteLength")),
  isArrayBuffer,
  isSharedArrayBuffer,
  isAnyArrayBuffer: (value: unknown) => isArrayBuffer(value) || isSharedArrayBuffer(value),
  isMap: isOf(getter(Map.prototype, "size")),
  isSet: isOf(getter(Set.prototype, "size")),
  isWeakMap: isOf((value) => WeakMap.prototype.has.call(value, {})),
  isWeakSet: isOf((value) => WeakSet.prototype.has.call(value, {})),
  isMapIterator: (value: unknown) => tagOf(value) === "Map Iterator",
  isSetIterator: (value: unknown) => tagOf(value) === "Set Iterator",
  isDate: isOf((value) => Date.prototype.getTime.call(value)),
  isRegExp: isOf(getter(RegExp.prototype, "source")),
  isPromise: (value: unknown) => value instanceof Promise,
  isNativeError: (value: unknown) => value instanceof Error || tagOf(value) === "Error",
  isGeneratorObject: (value: unknown) => tagOf(value) === "Generator",
  isGeneratorFunction: (value: unknown) => /^(Async)?GeneratorFunction$/.test(tagOf(value)),
  isAsyncFunction: (value: unknown) => /^Async(Generator)?Function$/.test(tagOf(value)),
  isArgumentsObject: (value: unknown) => tagOf(value) === "Arguments",
  isModuleNamespaceObject: (value: unknown) => tagOf(value) === "Module",
  ...{ isNumberObject, isStringObject, isBooleanObject, isSymbolObject, isBigIntObject },
  isBoxedPrimitive: (value: unknown) =>
    [isNumberObject, isStringObject, isBooleanObject, isSymbolObject, isBigIntObject].some((is) => is(value)),
  /** Nothing in a page can tell. */
  isProxy: (_value: unknown) => false,
  isExternal: (_value: unknown) => false,
}

export default types
