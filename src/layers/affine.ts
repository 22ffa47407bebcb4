import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { ETA, U } from "./rounding.js"

/**
 * shift + scale x, the inside of Power and Log: a scale of 1 and a shift of 0 are left out, each other step
 * rounds to float32.
 */
export interface Affine {
  readonly scale: number
  readonly shift: number
}

export function affineOf({ scale, shift }: Affine): (x: number) => number {
  return (x) => {
    const scaled = scale === 1 ? x : Math.fround(x * scale)
    return shift === 0 ? scaled : Math.fround(scaled + shift)
  }
}

/** How far v, the result at x, may be off. */
export function affineError({ scale, shift }: Affine, x: number, v: number, error: number): number {
  const a = Math.abs(scale)
  const scaled = scale === 1 ? error : a * error + U * a * (Math.abs(x) + error) + ETA
  return shift === 0 ? scaled : scaled + U * (Math.abs(v) + scaled)
}

/** The same of a kernel's `v`. */
export function affineExpression({ scale, shift }: Affine): string {
  return `v${scale === 1 ? "" : ` * (${scale})`}${shift === 0 ? "" : ` + (${shift})`}`
}

/** The same by ONNX nodes. */
export function affineNodes({ scale, shift }: Affine, onnx: OnnxNodes, x: OnnxValue): OnnxValue {
  const scaled = scale === 1 ? x : onnx.add("Mul", [x, onnx.floats("scale", scale)])
  return shift === 0 ? scaled : onnx.add("Add", [scaled, onnx.floats("shift", shift)])
}
