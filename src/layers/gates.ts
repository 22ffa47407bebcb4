import { DOUBLE_ERROR, sigmoidSlope, sigmoidStatements } from "./elementary.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { ETA, U } from "./rounding.js"
import { tanhStatements } from "./tan-h.js"

/**
 * Sigmoid and tanh inside recurrent nets. Their errors are carried from step to step, where no allowance
 * beside the bound can follow: so these bounds hold for the least that a shader promises too. WGSL's exp(x)
 * is within 3 + 2 |x| ulp and its division within 2.5 (https://www.w3.org/TR/WGSL/#concrete-float-accuracy);
 * one ulp is at most 2 u of the result.
 */
const ULP = 2 * U

/** exp(-x) is 0 in float32 from here on. */
const VANISHED = 104

/** Caffe's sigmoid of an LSTM, in doubles as its literals make it: lstm_unit_layer.cpp. */
export function sigmoidGate(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Caffe's tanh of an LSTM: lstm_unit_layer.cpp. */
export function tanhGate(x: number): number {
  return 2 * sigmoidGate(2 * x) - 1
}

/**
 * How far the sigmoid of x may be off, and never outside 0 to 1: the exponential weighs 1 - y; the division,
 * the sum below it and the result round.
 */
export function sigmoidGateError(x: number, error: number): number {
  const y = sigmoidGate(x)
  const moved = Math.min(sigmoidSlope(x, error) * error, Math.max(y, 1 - y))
  const exponential = (1 - y) * (3 + 2 * Math.min(Math.abs(x), VANISHED))
  return moved + (exponential + 4) * ULP * (y + moved) + DOUBLE_ERROR
}

/**
 * How far tanh x may be off, and never outside -1 to 1. Of the formula in exponentials, used from 0.25 on, p
 * = exp(-2 |x|) weighs 2 p / (1 - p^2), which is most at 0.25: 1.92 times 4 ulp, to which come the division,
 * the sums and the result.
 */
export function tanhGateError(x: number, error: number): number {
  const size = Math.abs(Math.tanh(x))
  const slope = 1 - Math.tanh(Math.max(0, Math.abs(x) - error)) ** 2
  const moved = Math.min(slope * error, 1 + size)
  return moved + 12 * ULP * (size + moved) + DOUBLE_ERROR
}

/** How far a b may be off, where a and b may be. */
export function productError(a: number, errorA: number, b: number, errorB: number): number {
  const [sizeA, sizeB] = [Math.abs(a), Math.abs(b)]
  return sizeA * errorB + sizeB * errorA + errorA * errorB + U * (sizeA + errorA) * (sizeB + errorB) + ETA
}

/**
 * How far the sum of a few terms may be off, in any order, where their magnitudes and errors sum to these.
 */
export function sumError(terms: number, magnitude: number, error: number): number {
  return error + terms * U * (1 + terms * U) * (magnitude + error)
}

/** Kernel statements for `gate`, the sigmoid of `v` where `condition` holds, else its tanh. */
export function gateStatements(condition: string): string {
  return `
    let gate = 0;
    if (${condition}) {
      ${sigmoidStatements("v")}
      gate = result;
    } else {
      ${tanhStatements("v")}
      gate = result;
    }`
}

/**
 * The sigmoid by ONNX nodes. Not ONNX's own: onnxruntime approximates that with an absolute error, and the
 * steps would carry it on.
 */
export function sigmoidNodes(onnx: OnnxNodes, x: OnnxValue): OnnxValue {
  const power = onnx.add("Exp", [onnx.add("Neg", [x])])
  return onnx.add("Reciprocal", [onnx.add("Add", [power, onnx.floats("one", 1)])])
}
