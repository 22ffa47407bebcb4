import { callsOf } from "../../src/layers/index.js"
import { type Blob, count, inputLayer, type Layer, makeValue, Net, type Shape } from "../../src/net/index.js"
import { generator } from "../engines/gpu/one-layer.js"

export interface LayerFields {
  readonly type: string
  readonly message?: Layer["message"]
  readonly bottoms: readonly Blob[]
  readonly blobs?: readonly Blob[]
  readonly tops?: number
}

/** One layer called directly: its shapes, its tops, and its bound when the bottoms carry `errors`. */
export function runLayer({ type: name, message = {}, bottoms, blobs = [], tops = 1 }: LayerFields) {
  const values = bottoms.map((_, i) => makeValue(`bottom${i}`))
  const inputs = values.map((value, i) => inputLayer(value.blob, [value], [bottoms[i]!.shape]))
  const layer: Layer = {
    name: "tested",
    type: name,
    bottoms: values,
    tops: Array.from({ length: tops }, (_, i) => makeValue(`top${i}`)),
    message,
    blobs,
  }
  const calls = callsOf(new Net({ name: "one", layers: [...inputs, layer] }))
  const problem = calls.problems.get(layer)
  if (problem) throw problem
  const { type, call } = calls.calls.get(layer)!
  const data = bottoms.map((bottom) => bottom.data)
  const results = type.forward(call, data)
  const exact = data.map(({ length }) => new Float64Array(length))
  return {
    shapes: call.tops,
    tops: results,
    macs: type.macs?.(call),
    bound: (errors: readonly Float64Array[] = exact) => type.bound(call, data, results, errors),
    forward: (other: readonly Float32Array[]) => type.forward(call, other),
  }
}

export const blobOf = (shape: Shape, ...values: number[]): Blob => ({
  shape,
  data: Float32Array.from(values),
})

/** Values between -2 and 2, always the same for a name. */
export function randomBlob(shape: Shape, name: string): Blob {
  const random = generator(name)
  return { shape, data: Float32Array.from({ length: count(shape) }, () => random() * 4 - 2) }
}
