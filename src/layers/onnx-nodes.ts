import { count, type Shape } from "../net/index.js"

/**
 * A tensor of an ONNX graph, known by its identity. Its name, like a layer's values', is made unique when the
 * graph is written.
 */
export interface OnnxValue {
  readonly name: string
}

/** Integers as they are, floats marked: ONNX tells 1 from 1.0. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

export interface OnnxNode {
  /** Of opset 17: `Conv`, `Relu`, … */
  readonly op: string
  readonly name: string
  /** Undefined where an optional input is not given. */
  readonly inputs: readonly (OnnxValue | undefined)[]
  readonly outputs: readonly OnnxValue[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

/**
 * A constant of the graph (ONNX: initializer): float32, or int64 where a node wants shapes, axes or indices.
 */
export interface OnnxTensor {
  readonly value: OnnxValue
  readonly shape: Shape
  readonly data: Float32Array | BigInt64Array
}

/** The ONNX nodes and constants of one layer, in running order. */
export class OnnxNodes {
  readonly nodes: OnnxNode[] = []
  readonly tensors: OnnxTensor[] = []
  readonly #layer: string

  /** @param layer what names begin with */
  constructor(layer: string) {
    this.#layer = layer
  }

  /** Adds a node of one output. */
  add(
    op: string,
    inputs: readonly (OnnxValue | undefined)[],
    attributes: OnnxNode["attributes"] = {},
  ): OnnxValue {
    return this.addMany(op, inputs, 1, attributes)[0]!
  }

  /** Adds a node of several outputs. */
  addMany(
    op: string,
    inputs: readonly (OnnxValue | undefined)[],
    outputs: number,
    attributes: OnnxNode["attributes"] = {},
  ): OnnxValue[] {
    const name = `${this.#layer}/${op}`
    const values = Array.from({ length: outputs }, () => ({ name }))
    this.nodes.push({ op, name, inputs, outputs: values, attributes })
    return values
  }

  /** A float32 constant: of one axis, or a number, unless a shape is given. */
  floats(name: string, data: Float32Array | number, shape?: Shape): OnnxValue {
    const values = typeof data === "number" ? Float32Array.of(data) : data
    return this.#constant(name, values, shape ?? (typeof data === "number" ? [] : [values.length]))
  }

  /** An int64 constant: of one axis, or a number. */
  ints(name: string, data: readonly number[] | number): OnnxValue {
    const values = typeof data === "number" ? [data] : data
    const shape = typeof data === "number" ? [] : [values.length]
    return this.#constant(name, BigInt64Array.from(values, BigInt), shape)
  }

  /** The same values under another shape; no node where it has that shape already. */
  reshape(value: OnnxValue, from: Shape, to: Shape): OnnxValue {
    if (from.length === to.length && from.every((extent, i) => extent === to[i])) return value
    // An extent of 0 would otherwise stand for the input's own.
    const attributes: OnnxNode["attributes"] = count(to) === 0 ? { allowzero: 1 } : {}
    return this.add("Reshape", [value, this.ints("shape", to)], attributes)
  }

  /** One number for every element of a shape. */
  filled(number: number, shape: Shape): OnnxValue {
    return this.add("Expand", [this.floats("value", number), this.ints("shape", shape)])
  }

  #constant(name: string, data: OnnxTensor["data"], shape: Shape): OnnxValue {
    const value = { name: `${this.#layer}/${name}` }
    this.tensors.push({ value, shape, data })
    return value
  }
}

/**
 * The shape under which a constant meets axes `axis`, `axis + 1`, … of a blob in ONNX's broadcasting, which
 * counts from the last axis.
 */
export function broadcastFrom(shape: Shape, axis: number, axes: number): number[] {
  return [...shape.slice(axis, axis + axes), ...shape.slice(axis + axes).map(() => 1)]
}
