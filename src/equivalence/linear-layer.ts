import { parseConvolution, slidingOf } from "../layers/convolution.js"
import type { NetCalls } from "../layers/index.js"
import { parseInnerProduct } from "../layers/inner-product.js"
import { canonicalAxis, count, type Layer, type Shape } from "../net/index.js"
import type { Owner, Step } from "./affine-step.js"

const windowed: ReadonlySet<string> = new Set([
  "Convolution",
  "Deconvolution",
  "DepthwiseConvolution",
  "ConvolutionDepthwise",
])

/** y = W x + b */
export function isLinear({ type }: Layer): boolean {
  return windowed.has(type) || type === "InnerProduct"
}

/**
 * Which output and which input every weight belongs to, from Caffe's layouts: [out, in / group, …], deconvolution [in, out / group, …],
 * InnerProduct [out, in] or transposed. Inputs are channels, for an InnerProduct all numbers that it flattens.
 */
export class LinearLayer {
  readonly layer: Layer
  readonly outputs: number
  readonly inputs: number
  /** Axes of bottom and top that count inputs and outputs. */
  readonly #inputAxis: number
  readonly #outputAxis: number
  readonly #bottom: Shape
  readonly #weight: Shape
  readonly #groups: number
  readonly #turned: boolean
  readonly #seesAll: boolean

  constructor({ calls }: NetCalls, layer: Layer) {
    const { bottoms, tops } = calls.get(layer)!.call
    const [bottom, top] = [bottoms[0]!, tops[0]!]
    this.layer = layer
    this.#bottom = bottom
    this.#weight = layer.blobs[0]!.shape
    const [rows, columns] = this.#weight as [number, number]
    if (layer.type === "InnerProduct") {
      const { axis, transpose } = parseInnerProduct(layer.message)
      this.#inputAxis = canonicalAxis(axis, bottom.length)
      this.#outputAxis = top.length - 1
      this.#groups = 1
      this.#turned = transpose
      this.#seesAll = true
    } else {
      const params = parseConvolution(layer.message)
      const { axis, kernel, stride, pad } = slidingOf({ params, bottoms })
      this.#inputAxis = axis
      this.#outputAxis = axis
      this.#turned = layer.type === "Deconvolution"
      this.#groups = layer.type.includes("epthwise") ? params.numOutput : params.group
      this.#seesAll = this.#turned
        ? [...kernel, ...stride].every((extent) => extent === 1)
        : pad.every((extent) => extent === 0)
    }
    this.outputs = this.#turned ? columns * this.#groups : rows
    this.inputs = this.#turned ? rows : columns * this.#groups
  }

  /** Does a constant in the bottom make a constant in the top? Not where the border sees zeros or fewer taps. */
  get seesAllTaps(): boolean {
    return this.#seesAll
  }

  /** Output and input that a weight belongs to, by its place in memory. */
  owners(): { readonly output: Owner; readonly input: Owner } {
    const [rows, columns] = this.#weight as [number, number]
    const taps = count(this.#weight, 2)
    const ofGroup = rows / this.#groups
    const row = (i: number) => Math.floor(i / (columns * taps))
    const column = (i: number) => {
      return (Math.floor(i / taps) % columns) + Math.floor(row(i) / ofGroup) * columns
    }
    return this.#turned ? { output: column, input: row } : { output: row, input: column }
  }

  /** Which channel of a step after the layer an output is; undefined where they do not correspond. */
  ownerAfter({ axis, factor, bias, mean }: Step): Owner | undefined {
    if (axis === undefined) return () => 0
    const channels = Math.max(factor.length, bias.length, mean.length)
    return axis === this.#outputAxis && channels === this.outputs ? (output) => output : undefined
  }

  /** Which channel of a step before the layer an input is. */
  ownerBefore({ axis, factor, bias, mean }: Step): Owner | undefined {
    if (axis === undefined) return () => 0
    const channels = Math.max(factor.length, bias.length, mean.length)
    if (channels !== this.#bottom[axis]) return undefined
    if (this.layer.type !== "InnerProduct") return axis === this.#inputAxis ? (input) => input : undefined
    if (axis < this.#inputAxis) return undefined
    const plane = count(this.#bottom, axis + 1)
    return (input) => Math.floor(input / plane) % channels
  }
}
