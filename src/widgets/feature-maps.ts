import { encodePng } from "../encode-png.js"
import type { NetCalls } from "../layers/index.js"
import { type Blob, count, formatShape, type Net, type Shape, type Value } from "../net/index.js"
import type { ActivationView, DrawingPad, NetOutput, SampleImage } from "./activation-state.js"
import { pictureOf } from "./describe-output.js"

/** A view, and the value of the net that it shows. */
export interface ViewedValue {
  readonly view: ActivationView
  readonly value: Value
  /** Position of the layer in the net. */
  readonly index: number
}

/** Every value that a pass computes, the input first: one a top, so that layers in place have their own. */
export function viewsOf(net: Net, { shapes, problems }: NetCalls): ViewedValue[] {
  return net.layers.flatMap((layer, index) =>
    problems.has(layer)
      ? []
      : layer.tops.flatMap((value) => {
          const shape = shapes.get(value)
          if (shape === undefined) return []
          const view = { layer: layer.name, type: layer.type, top: value.blob, ...mapsOf(shape) }
          return [{ view, value, index }]
        }),
  )
}

/** Axis 1 counts the maps, the last one their columns, all between their rows. */
function mapsOf(shape: Shape): Pick<ActivationView, "shape" | "maps" | "height" | "width"> {
  const width = shape.length > 2 ? shape.at(-1)! : 1
  const height = shape.length > 3 ? count(shape.slice(2, -1)) : 1
  return { shape: formatShape(shape), maps: count(shape) / (height * width || 1), height, width }
}

/** Widest and highest input that can be drawn. */
const largestPad = 64

/**
 * Where a digit can be drawn: one channel, and small. Full ink is the largest value of the samples and none the least,
 * without samples 1 and 0.
 */
export function padFor(shape: Shape, input: Blob | undefined): DrawingPad | null {
  const [, channels, height, width] = shape
  if (shape.length !== 4 || channels !== 1 || height! > largestPad || width! > largestPad) return null
  const [from, to] = input ? rangeOf(input.data) : [0, 1]
  return { width: width!, height: height!, from, to: to > from ? to : from + 1 }
}

function rangeOf(data: Float32Array): [number, number] {
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const x of data) {
    if (x < least) least = x
    if (x > largest) largest = x
  }
  return [least, largest]
}

/** What was drawn as the net's input. Absent where the text is no drawing for this pad. */
export function blobOf({ width, height, from, to }: DrawingPad, drawing: string): Blob | undefined {
  const ink = Buffer.from(drawing, "hex")
  if (ink.length !== width * height || drawing.length !== 2 * ink.length) return undefined
  return { shape: [1, 1, height, width], data: Float32Array.from(ink, (i) => from + (i / 255) * (to - from)) }
}

/** A sample as it is shown; on the pad's scale it can be drawn over. */
export function sampleImage(item: Blob, sample: number, pad: DrawingPad | null): SampleImage | null {
  if (pad === null) {
    const image = pictureOf(item)
    return image && { sample, ...image }
  }
  const { width, height, from, to } = pad
  const pixels = new Uint8Array(4 * width * height).fill(255)
  item.data.forEach((value, i) => {
    const ink = Math.round((255 * (value - from)) / (to - from))
    pixels.fill(Math.min(255, Math.max(0, ink)), 4 * i, 4 * i + 3)
  })
  return { sample, width, height, pixels }
}

/** Values of an output that are shown: all of a small one, the largest of a big one. */
const [smallOutput, mostValues] = [20, 10]

export function outputOf(name: string, shape: Shape, data: Float32Array): NetOutput {
  const all = Array.from(data, (_, i) => i)
  const largestFirst = [...all].sort((i, j) => data[j]! - data[i]!)
  const indices = data.length <= smallOutput ? all : largestFirst.slice(0, mostValues)
  return {
    name,
    classes: shape.length > 1 && count(shape, 1) === count(shape) && count(shape, 2) === 1 && data.length > 1,
    indices,
    values: indices.map((i) => data[i]!),
    largest: largestFirst[0] ?? 0,
    total: data.length,
  }
}

/** Columns and side of the picture's tiles in pixels. */
const [columns, tile, gap] = [8, 64, 4]

/** Maps side by side as a PNG: blue below zero, white at zero, orange above, each on its own scale. */
export function mapsPng({ height, width }: ActivationView, values: Float32Array): Buffer {
  const area = height * width
  const maps = Math.floor(values.length / area)
  const unit = Math.min(16, Math.max(1, Math.floor(tile / Math.max(height, width))))
  const [high, wide] = [unit * height, unit * width]
  const across = Math.min(columns, maps)
  const size = {
    width: across * (wide + gap) - gap,
    height: Math.ceil(maps / across) * (high + gap) - gap,
  }
  const data = new Uint8Array(3 * size.width * size.height).fill(255)
  for (let map = 0; map < maps; map++) {
    const own = values.subarray(map * area, (map + 1) * area)
    const most = own.reduce((m, x) => Math.max(m, Math.abs(x)), 0) || 1
    const [left, top] = [(map % across) * (wide + gap), Math.floor(map / across) * (high + gap)]
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const part = own[Math.floor(y / unit) * width + Math.floor(x / unit)]! / most
        const [r, g, b] = part < 0 ? [21, 101, 192] : [179, 80, 12]
        const at = 3 * ((top + y) * size.width + left + x)
        const strength = Math.abs(part)
        data[at] = 255 + strength * (r - 255)
        data[at + 1] = 255 + strength * (g - 255)
        data[at + 2] = 255 + strength * (b - 255)
      }
    }
  }
  return encodePng({ ...size, channels: 3, data })
}
