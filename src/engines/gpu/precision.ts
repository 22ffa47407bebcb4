import type { GpuBackend } from "./gpu-js.js"

/**
 * The least accuracy of a shader's operations, in units in the last place, where it is below IEEE 754's half
 * a ulp. WGSL (https://www.w3.org/TR/WGSL/#concrete-float-accuracy) and OpenGL ES's language at `highp`,
 * which is what gpu.js declares
 * (https://registry.khronos.org/OpenGL/specs/es/3.0/GLSL_ES_Specification_3.00.pdf, 4.5.1), have the same
 * table:
 *
 * | operation | within |
 * | --- | --- |
 * | a + b, a - b, a * b | correctly rounded; graphics hardware rounds to nearest, as the layers' bounds assume |
 * | a * b + c | as two operations or one: a fused multiply-add only rounds less |
 * | a / b | 2.5 ulp |
 * | exp(x), exp2(x) | 3 + 2 |x| ulp |
 * | log(x), log2(x) | 3 ulp, 2^-21 between 0.5 and 2 |
 * | 1 / sqrt(x) | 2 ulp; sqrt(x) is 1 over it |
 * | pow(x, y) | as exp2(y * log2(x)) |
 *
 * Below, per layer type, what these add to the type's own bound.
 */
const WGSL_DIVISION_ULP = 2.5
export function wgslExpUlp(x: number): number {
  return 3 + 2 * Math.abs(x)
}

/**
 * A shader may read and write subnormal numbers as zero
 * (https://www.w3.org/TR/WGSL/#floating-point-evaluation; GLSL ES 3.00, 4.5.1): 2^-126, the smallest normal
 * number, is what each value may lose. `webasm` and `cpu` keep subnormals.
 */
const FLUSH = 2 ** -126

/**
 * exp's argument in Softmax, Sigmoid and BNLL is at most 0, and below -88 the result is subnormal: flushing
 * covers it.
 */
const SOFTMAX_LOWEST = 88

/** inverseSqrt is within 2 ulp, and the root is 1 over it. */
const WGSL_ROOT_ULP = 2 + WGSL_DIVISION_ULP

/**
 * x^y is exp2(y log2(x)): log2 is within 3 ulp (2^-21 between 0.5 and 2), exp2 within 3 + 2 |x| ulp. LRN's
 * scale reaches 2^20 here and y is at most 1: 2^-21 is 4 ulp of 1, and 3 ulp of 20 are 60 of 1.
 */
const LRN_POW_ULP = 3 + 2 * 20 + 4 + 60

/**
 * Power's results are normal numbers, so the argument of exp2 is at most 126: log2's 3 ulp and the product's
 * half of it, and exp2's own. It also covers 4 ulp of the power, log2's 2^-21 near 1, up to the power 150.
 */
const WGSL_POW_ULP = 3 + 2 * 126 + 3.5 * 126

/** An exponential over a sum of exponentials, each of which is off by its own share. */
const SOFTMAX_ULP = 2 * wgslExpUlp(SOFTMAX_LOWEST) + WGSL_DIVISION_ULP

const shaders: Readonly<Record<string, number>> = {
  Accuracy: WGSL_DIVISION_ULP,
  BNLL: wgslExpUlp(SOFTMAX_LOWEST) + WGSL_DIVISION_ULP,
  // Statistics of the batch take a root.
  BatchNorm: WGSL_ROOT_ULP + WGSL_DIVISION_ULP,
  // exp's 3 + 2 |x| ulp exceed the four that the bound has already by less than an ulp of exp(x) - 1.
  ELU: 1,
  // Of losses, this one and those below, only the division counts: their roots, exponentials and logarithms
  // stay within the bound.
  ContrastiveLoss: WGSL_DIVISION_ULP,
  EuclideanLoss: WGSL_DIVISION_ULP,
  Exp: wgslExpUlp(SOFTMAX_LOWEST),
  HingeLoss: WGSL_DIVISION_ULP,
  // Its second top is a softmax.
  InfogainLoss: SOFTMAX_ULP,
  Log: WGSL_DIVISION_ULP,
  // AVE divides the sum; MAX is exact.
  Pooling: WGSL_DIVISION_ULP,
  LRN: LRN_POW_ULP,
  // The logarithm near 1 is a series of a quotient.
  MultinomialLogisticLoss: 2 * WGSL_DIVISION_ULP,
  // Centred values over a root; the averages multiply.
  MVN: WGSL_ROOT_ULP + WGSL_DIVISION_ULP,
  Normalize: WGSL_ROOT_ULP + WGSL_DIVISION_ULP,
  Power: WGSL_POW_ULP,
  Sigmoid: wgslExpUlp(SOFTMAX_LOWEST) + WGSL_DIVISION_ULP,
  // Pooling at several sizes.
  SPP: WGSL_DIVISION_ULP,
  SigmoidCrossEntropyLoss: WGSL_DIVISION_ULP,
  Softmax: SOFTMAX_ULP,
  // Its second top is a softmax.
  SoftmaxWithLoss: SOFTMAX_ULP,
  Swish: wgslExpUlp(SOFTMAX_LOWEST) + WGSL_DIVISION_ULP,
  // The exponential is at most exp(-0.5) where it is taken, and the quotient's error at most twice its own.
  TanH: 2 * wgslExpUlp(0.5) + WGSL_DIVISION_ULP,
}

/** The backends whose arithmetic is a shader's. */
const inShaders: readonly string[] = ["webgpu", "webgl2", "headlessgl"]

/**
 * How many ulp of a result a backend may add to the layer type's own rounding bound, which assumes IEEE 754
 * float32. `webasm` computes in IEEE float32; `cpu` computes in double and rounds results, which is within
 * the same bound.
 */
export function allowance(backend: GpuBackend | (string & {}), layerType: string): number {
  return inShaders.includes(backend) ? (shaders[layerType] ?? 0) : 0
}

/** What each value may lose on a backend by being subnormal. */
export function lostBelow(backend: GpuBackend | (string & {}) | undefined): number {
  return backend !== undefined && inShaders.includes(backend) ? FLUSH : 0
}
