import { parseNet } from "../../src/caffe/index.js"
import { callsOf } from "../../src/layers/index.js"
import { type Blob, count, type Layer, type Net, type Shape } from "../../src/net/index.js"

/** A small generator with a fixed seed: the numbers of a test are the same on every machine. */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** The net of a prototxt with random weights of the shapes that Caffe would allocate; BatchNorm gets plausible statistics. */
export function randomNet(prototxt: string, seed = 1): Net {
  const net = parseNet(prototxt)
  const next = numbers(seed)
  const { calls } = callsOf(net)
  return net.with(
    net.layers.map((layer) => {
      const known = calls.get(layer)
      const shapes = known?.type.blobShapes?.(known.call) ?? []
      return { ...layer, blobs: shapes.map((shape, i) => randomBlob(layer, i, shape, next)) }
    }),
  )
}

function randomBlob({ type, message }: Layer, index: number, shape: Shape, next: () => number): Blob {
  const data = new Float32Array(count(shape)).map(next)
  // The forks' variances, and those of NVCaffe, are not averages: nothing divides them.
  const isScaled = (message.batch_norm_param as { scale_bias?: boolean } | undefined)?.scale_bias === true
  if ((isScaled && index === 1) || (type === "BN" && index === 3))
    return { shape, data: data.map((v) => 0.2 + Math.abs(v)) }
  if (isScaled) return { shape, data }
  if (type === "BatchNorm" && index === 1) return { shape, data: data.map((v) => 999 * (0.2 + Math.abs(v))) }
  if (type === "BatchNorm" && index === 2) return { shape, data: data.fill(999) }
  if (type === "BatchNorm") return { shape, data: data.map((v) => 999 * v) }
  return { shape, data }
}

/** The same net with other blobs in one layer. */
export function withBlobs(net: Net, name: string, change: (blobs: readonly Blob[]) => readonly Blob[]): Net {
  return net.with(
    net.layers.map((layer) => (layer.name === name ? { ...layer, blobs: change(layer.blobs) } : layer)),
  )
}

/** One parameter multiplied by a factor. */
export function withParameter(net: Net, name: string, blob: number, index: number, factor: number): Net {
  return withBlobs(net, name, (blobs) =>
    blobs.map((each, i) => {
      if (i !== blob) return each
      return { shape: each.shape, data: each.data.map((v, j) => (j === index ? v * factor : v)) }
    }),
  )
}

export const input = (shape: string) =>
  `layer { name: "data" type: "Input" top: "data" input_param { shape { ${shape} } } }`

export const image = input("dim: 2 dim: 3 dim: 7 dim: 6")

export function conv(
  name: string,
  bottom: string,
  top: string,
  param = "num_output: 4 kernel_size: 3 pad: 1",
  more = "",
): string {
  return `layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${top}" ${more} convolution_param { ${param} } }`
}

export function bn(name: string, bottom: string, top = bottom, param = "", more = ""): string {
  return `layer { name: "${name}" type: "BatchNorm" bottom: "${bottom}" top: "${top}" ${more} batch_norm_param { ${param} } }`
}

export function scale(
  name: string,
  bottom: string,
  top = bottom,
  param = "bias_term: true",
  more = "",
): string {
  return `layer { name: "${name}" type: "Scale" bottom: "${bottom}" top: "${top}" ${more} scale_param { ${param} } }`
}

export function relu(name: string, bottom: string, top = bottom): string {
  return `layer { name: "${name}" type: "ReLU" bottom: "${bottom}" top: "${top}" }`
}

/** A layer of any type. */
export function layer(name: string, type: string, bottom: string, top = bottom, more = ""): string {
  return `layer { name: "${name}" type: "${type}" bottom: "${bottom}" top: "${top}" ${more} }`
}

export function ip(name: string, bottom: string, top: string, param = "num_output: 4"): string {
  return layer(name, "InnerProduct", bottom, top, `inner_product_param { ${param} }`)
}

export function power(name: string, bottom: string, top = bottom, param = "scale: -1.5 shift: 0.25"): string {
  return layer(name, "Power", bottom, top, `power_param { ${param} }`)
}
