import type { GpuBackend } from "./backend.js"

/**
 * WGSL's least accuracy per operation, in units in the last place, where it is below IEEE 754's half a ulp
 * (https://www.w3.org/TR/WGSL/#concrete-float-accuracy): x / y is within 2.5 ulp, exp(x) within 3 + 2 |x| ulp.
 * Addition, subtraction and multiplication are correctly rounded; a fused multiply-add is allowed and only rounds less.
 */
export const WGSL_DIVISION_ULP = 2.5
export function wgslExpUlp(x: number): number {
  return 3 + 2 * Math.abs(x)
}

/**
 * A shader may read and write subnormal numbers as zero (https://www.w3.org/TR/WGSL/#floating-point-evaluation): 2^-126, the
 * smallest normal number, is what each value may lose. `webasm` and `cpu` keep subnormals.
 */
export const FLUSH = 2 ** -126

/** exp's argument in Softmax is at most 0, and below -88 the result is subnormal: flushing covers it. */
const SOFTMAX_LOWEST = 88

const webgpu: Readonly<Record<string, number>> = {
  BatchNorm: WGSL_DIVISION_ULP,
  // AVE divides the sum; MAX is exact.
  Pooling: WGSL_DIVISION_ULP,
  // An exponential over a sum of exponentials, each of which is off by its own share.
  Softmax: 2 * wgslExpUlp(SOFTMAX_LOWEST) + WGSL_DIVISION_ULP,
}

/**
 * How many ulp of a result a backend may add to the layer type's own rounding bound, which assumes IEEE 754 float32.
 * `webasm` computes in IEEE float32; `cpu` computes in double and rounds results, which is within the same bound.
 */
export function allowance(backend: GpuBackend | (string & {}), layerType: string): number {
  return backend === "webgpu" ? (webgpu[layerType] ?? 0) : 0
}
