import { count, type Shape } from "../net/index.js"
import type { Channels } from "./channels.js"
import { type LossParams, normalizer } from "./loss.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"

/**
 * Labels of a loss as ONNX nodes see them, [outer, 1, inner] each. Labels that are no class are onnxruntime's
 * to refuse.
 */
export interface LabelNodes {
  /** The classes as integers; 0 where a label counts for nothing. */
  readonly classes: OnnxValue
  /** 1 where a label counts, else 0. Absent where all do. */
  readonly counts: OnnxValue | undefined
}

export function labelNodes(
  onnx: OnnxNodes,
  labels: OnnxValue,
  shape: Shape,
  { outer, inner }: Pick<Channels, "outer" | "inner">,
  ignoreLabel: number | undefined,
): LabelNodes {
  const whole = onnx.add("Cast", [onnx.reshape(labels, shape, [outer, 1, inner])], { to: 7 })
  if (ignoreLabel === undefined) return { classes: whole, counts: undefined }
  const isIgnored = onnx.add("Equal", [whole, onnx.ints("ignored", ignoreLabel)])
  return {
    classes: onnx.add("Where", [isIgnored, onnx.ints("any", 0), whole]),
    counts: onnx.add("Cast", [onnx.add("Not", [isIgnored])], { to: 1 }),
  }
}

/** The values of the true classes, [outer, 1, inner], from a blob [outer, classes, inner]. */
export function trueClassNodes(onnx: OnnxNodes, values: OnnxValue, { classes }: LabelNodes): OnnxValue {
  return onnx.add("GatherElements", [values, classes], { axis: 1 })
}

/** -log(max(p, least)). */
export function minusLogNodes(onnx: OnnxNodes, p: OnnxValue, least: number): OnnxValue {
  const kept = onnx.add("Max", [p, onnx.floats("least", least)])
  return onnx.add("Neg", [onnx.add("Log", [kept])])
}

/** Terms where their label counts, else 0. */
export function countedNodes(onnx: OnnxNodes, terms: OnnxValue, counts: OnnxValue | undefined): OnnxValue {
  return counts ? onnx.add("Mul", [terms, counts]) : terms
}

/** The sum of all values. */
export function totalNodes(onnx: OnnxNodes, terms: OnnxValue): OnnxValue {
  return onnx.add("ReduceSum", [terms], { keepdims: 0 })
}

/** The sum of terms over what `normalization` says, and never over less than 1. */
export function lossNodes(
  onnx: OnnxNodes,
  terms: OnnxValue,
  { normalization }: LossParams,
  { outer, inner }: Pick<Channels, "outer" | "inner">,
  counts: OnnxValue | undefined,
): OnnxValue {
  const sum = totalNodes(onnx, countedNodes(onnx, terms, counts))
  if (normalization === "VALID" && counts) {
    const valid = onnx.add("Max", [totalNodes(onnx, counts), onnx.floats("least", 1)])
    return onnx.add("Div", [sum, valid])
  }
  return dividedNodes(onnx, sum, normalizer(normalization, outer, inner, outer * inner))
}

export function dividedNodes(onnx: OnnxNodes, sum: OnnxValue, divisor: number): OnnxValue {
  return divisor === 1 ? sum : onnx.add("Div", [sum, onnx.floats("divisor", divisor)])
}

/** A blob around its class axis, as [outer, classes, inner]. */
export function aroundNodes(onnx: OnnxNodes, x: OnnxValue, shape: Shape, around: Channels): OnnxValue {
  return onnx.reshape(x, shape, [around.outer, around.channels, around.inner])
}

/** A blob as rows, one an example. */
export function rowNodes(onnx: OnnxNodes, x: OnnxValue, shape: Shape): OnnxValue {
  return onnx.reshape(x, shape, [shape[0]!, count(shape, 1)])
}
