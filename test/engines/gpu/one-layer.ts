import { type Blob, count, type Layer, makeValue, Net, type Shape } from "../../../src/net/index.js"

/** A net of Input layers and one layer under test. */
export interface Case {
  /** What the parameters are about. */
  readonly name: string
  readonly net: Net
  readonly bottoms: readonly Blob[]
}

interface Fields {
  readonly message?: Layer["message"]
  readonly bottoms: readonly Shape[]
  readonly blobs?: readonly Shape[]
  readonly tops?: number
  /** Changes random values where a layer needs special ones (a variance, repeated maxima). */
  readonly fill?: (data: Float32Array, role: "bottom" | "blob", index: number) => void
}

/** Random values with both signs, zeros and a few large ones; always the same for a name. */
export function oneLayer(type: string, name: string, fields: Fields): Case {
  const random = generator(`${type} ${name}`)
  const blobOf = (shape: Shape, role: "bottom" | "blob", index: number): Blob => {
    const data = Float32Array.from({ length: count(shape) }, () => {
      const v = random() * 4 - 2
      const kind = random()
      return kind < 0.05 ? 0 : kind < 0.1 ? v * 100 : v
    })
    fields.fill?.(data, role, index)
    return { shape, data }
  }
  const bottoms = fields.bottoms.map((shape, i) => blobOf(shape, "bottom", i))
  const values = bottoms.map((_, i) => makeValue(`bottom${i}`))
  const inputs = values.map((value, i): Layer => {
    const shape = [{ dim: [...bottoms[i]!.shape] }]
    return {
      name: value.blob,
      type: "Input",
      bottoms: [],
      tops: [value],
      message: { input_param: { shape } },
      blobs: [],
    }
  })
  const layer: Layer = {
    name: "tested",
    type,
    bottoms: values,
    tops: Array.from({ length: fields.tops ?? 1 }, (_, i) => makeValue(`top${i}`)),
    message: fields.message ?? {},
    blobs: (fields.blobs ?? []).map((shape, i) => blobOf(shape, "blob", i)),
  }
  return { name: `${type}: ${name}`, net: new Net({ name, layers: [...inputs, layer] }), bottoms }
}

/** mulberry32, seeded by a text (FNV-1a). */
export function generator(text: string): () => number {
  let state = 0x811c9dc5
  for (const letter of text) state = Math.imul(state ^ letter.codePointAt(0)!, 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
