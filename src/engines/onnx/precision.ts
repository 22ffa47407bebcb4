import { U } from "../../layers/index.js"

/**
 * onnxruntime approximates the sigmoid by a quotient of polynomials that is 0 below -18: small results have
 * an absolute error and no relative one. The largest over eight million float32 numbers of both signs from
 * 2^-20 to 128 was 3.5 u, on its native library and its WebAssembly build alike; its tanh, exp, log and
 * softplus stay within what every library is trusted with.
 */
const SIGMOID_ERROR = 4 * U

/** What onnxruntime may add to a layer type's own rounding bound, at a value x of its bottom. */
export function onnxAllowance(layerType: string): ((x: number) => number) | undefined {
  if (layerType === "Sigmoid") return () => SIGMOID_ERROR
  if (layerType === "Swish") return (x) => SIGMOID_ERROR * Math.abs(x)
  return undefined
}
