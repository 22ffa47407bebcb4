type Path = (string | number)[]

export interface Separated {
  state: Record<string, unknown>
  buffer_paths: Path[]
  buffers: Uint8Array[]
}

/**
 * Takes the binary values out of a state, however deep: they travel as buffers behind the message. A key of an
 * object goes, an element of an array becomes null, as ipywidgets has it; paths are arrays, never joined strings.
 */
export function separateBuffers(state: Record<string, unknown>): Separated {
  const buffer_paths: Path[] = []
  const buffers: Uint8Array[] = []
  const take = (value: unknown, path: Path): unknown => {
    const bytes = bytesOf(value)
    if (bytes) {
      buffer_paths.push(path)
      buffers.push(bytes)
      return null
    }
    if (Array.isArray(value)) return value.map((item, i) => take(item, [...path, i]))
    if (!isPlainObject(value)) return value
    const kept: [string, unknown][] = []
    for (const [key, item] of Object.entries(value)) {
      const taken = take(item, [...path, key])
      if (!bytesOf(item)) kept.push([key, taken])
    }
    return Object.fromEntries(kept)
  }
  return { state: take(state, []) as Record<string, unknown>, buffer_paths, buffers }
}

/**
 * Puts the buffers of a message back where their paths say.
 *
 * @throws Error for a path that leads to no place of the state
 */
export function insertBuffers(
  state: Record<string, unknown>,
  paths: Path[] = [],
  buffers: Uint8Array[] = [],
): Record<string, unknown> {
  paths.forEach((path, i) => {
    let place: unknown = state
    for (const key of path.slice(0, -1)) place = Object.hasOwn(Object(place), key) ? Object(place)[key] : null
    if (place === null || typeof place !== "object" || path.at(-1) === "__proto__")
      throw new Error(`no place for a buffer: ${path.join(".")}`)
    ;(place as Record<string | number, unknown>)[path.at(-1)!] = buffers[i]
  })
  return state
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return undefined
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
