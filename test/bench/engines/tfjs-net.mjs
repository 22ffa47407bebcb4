// A net as tfjs would have it: channels last, weights turned to match, convolution with bias and activation as one
// operation, BatchNorm and its Scale as one. Plain data: made here from a Net, computed in Node or in a page by
// `tfjs-run.mjs`. What tfjs has no equal operation for is refused, never approximated.

import { operationOf } from "./tfjs-layers.mjs"

/** @typedef {import("../../../src/layers/index.js").NetCalls} NetCalls */
/** @typedef {import("../../../src/net/index.js").Layer} Layer */
/** @typedef {import("../../../src/net/index.js").Value} Value */

/** Where a weight lies in `weights`. @typedef {{ at: number, shape: number[] }} Weight */

/**
 * One operation; `from` and `to` number the values.
 * @typedef {{ kind: string, from: number[], to: number, shape: number[], weights: Record<string, Weight>,
 *   settings: Record<string, unknown>, activation?: "relu" | "prelu" }} Operation
 */

/**
 * @typedef {object} TfjsNet
 * @property {{ blob: string, value: number, shape: number[] }[]} inputs
 * @property {Operation[]} operations
 * @property {{ blob: string, value: number, shape: number[] }[]} outputs
 * @property {Float32Array} weights
 */

/**
 * A shape with the channels last; shapes without an image in them stay.
 * @param {readonly number[]} shape
 */
export function channelsLast(shape) {
  const [n, c, ...image] = shape
  return image.length === 0 ? [...shape] : [n, ...image, c]
}

/**
 * Data from channels first to channels last.
 * @param {Float32Array} data
 * @param {readonly number[]} shape channels first
 */
export function toChannelsLast(data, shape) {
  const result = new Float32Array(data.length)
  eachPlace(shape, (first, last) => {
    result[last] = data[first]
  })
  return result
}

/**
 * Data from channels last to channels first.
 * @param {Float32Array} data
 * @param {readonly number[]} shape channels first
 */
export function toChannelsFirst(data, shape) {
  const result = new Float32Array(data.length)
  eachPlace(shape, (first, last) => {
    result[first] = data[last]
  })
  return result
}

/**
 * Every element's index with channels first, and with channels last.
 * @param {readonly number[]} shape channels first
 * @param {(first: number, last: number) => void} visit
 */
function eachPlace([n, channels = 1, ...image], visit) {
  const size = product(image)
  for (let i = 0, first = 0; i < n; i++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < size; p++, first++) visit(first, (i * size + p) * channels + c)
}

/** @param {readonly number[]} extents */
const product = (extents) => extents.reduce((all, extent) => all * extent, 1)

/**
 * @param {NetCalls} calls
 * @returns {TfjsNet}
 * @throws Error naming the layer that tfjs has no equal operation for
 */
export function translate(calls) {
  const { net } = calls
  const weights = new Weights()
  /** @type {Map<Value, number>} */
  const numbers = new Map()
  let next = 0
  /** @param {Value} value */
  const numberOf = (value) => {
    const number = numbers.get(value) ?? next++
    numbers.set(value, number)
    return number
  }
  /** @param {Value} value */
  const described = (value) => ({ blob: value.blob, value: numberOf(value), shape: shapeOf(calls, value) })
  const inputs = net.inputs.map(described)
  /** @type {Operation[]} */
  const operations = []
  /** Layers that became part of an operation before them. @type {Set<Layer>} */
  const merged = new Set()
  for (const layer of net.layers) {
    if (layer.type === "Input" || merged.has(layer)) continue
    const made = operationOf(calls, layer, weights)
    if (made === undefined) {
      // The identity: its top is another name for its bottom.
      for (const top of layer.tops) numbers.set(top, numberOf(layer.bottoms[0]))
      continue
    }
    for (const part of made.parts) merged.add(part)
    const top = (made.parts.at(-1) ?? layer).tops[0]
    operations.push({
      kind: made.kind,
      from: layer.bottoms.map(numberOf),
      to: numberOf(top),
      shape: channelsLast(shapeOf(calls, top)),
      weights: made.weights,
      settings: made.settings,
      ...(made.activation ? { activation: made.activation } : {}),
    })
  }
  return { inputs, operations, outputs: net.outputs.map(described), weights: weights.data }
}

/**
 * @param {NetCalls} calls
 * @param {Value} value
 */
function shapeOf({ shapes }, value) {
  return [.../** @type {readonly number[]} */ (shapes.get(value))]
}

/** All weights in one array, so that they travel as one file. */
export class Weights {
  /** @type {Float32Array[]} */
  #parts = []
  #length = 0

  /**
   * @param {Float32Array} data
   * @param {number[]} shape
   * @returns {Weight}
   */
  add(data, shape) {
    const at = this.#length
    this.#parts.push(data)
    this.#length += data.length
    return { at, shape }
  }

  get data() {
    const all = new Float32Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}
