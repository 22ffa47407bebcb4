import type { PlaygroundState } from "./playground-state.js"

const { abs, fround, max, min, sqrt } = Math

/** Unit roundoff of float32. */
const U = 2 ** -24

/** PReLU in Caffe's float32 steps, y = max(x, 0) + a min(x, 0): prelu_layer.cpp. The product rounds before the sum. */
export function preluAt(x: number, slope: number): number {
  return fround(max(fround(x), 0) + fround(fround(slope) * min(fround(x), 0)))
}

/** Its derivatives: by x, which at 0 is the slope, as Caffe has it; and by the slope. */
export function preluSlopesAt(x: number, slope: number): { byX: number; bySlope: number } {
  return { byX: x > 0 ? 1 : fround(slope), bySlope: min(x, 0) }
}

/** One input on its way: u, x = w u + b, x - mean, y = (x - mean) / deviation, z = gamma y + beta; and w' u + b'. */
export interface SampleSteps {
  readonly u: number
  readonly x: number
  readonly centred: number
  readonly y: number
  readonly z: number
  readonly folded: number
  /** How far rounding may take the folded layer from the three. */
  readonly bound: number
}

/** BatchNorm and Scale on a handful of numbers, and the one layer that a fold makes of them. */
export interface BatchNormSteps {
  /** Of x, as Caffe computes them of a batch: the variance is the biased one. */
  readonly mean: number
  readonly variance: number
  /** As the file holds them: times the moving-average factor. */
  readonly stored: { readonly mean: number; readonly variance: number; readonly factor: number }
  /** As the layer takes them from there: divided by it, and 0 where it is 0. */
  readonly used: { readonly mean: number; readonly variance: number }
  /** sqrt(variance + eps) */
  readonly deviation: number
  /** gamma / sqrt(variance + eps) as the fold computes it; `wanted` is the right one. */
  readonly alpha: number
  readonly wantedAlpha: number
  /** w' = w alpha and b' = (b - mean) alpha + beta, computed in double and stored as float32. */
  readonly weight: number
  readonly bias: number
  readonly samples: readonly SampleSteps[]
}

/**
 * The layers Convolution (one weight), BatchNorm with stored statistics and Scale in Caffe's float32 steps: batch_norm_layer.cpp subtracts, then
 * divides by the root; scale_layer.cpp multiplies, then adds. The fold is `foldBatchNorm`'s: in double, rounded once when it is stored.
 */
export function batchNormSteps(state: PlaygroundState): BatchNormSteps {
  const [w, b] = [fround(state.weight), fround(state.bias)]
  const [gamma, beta] = [fround(state.gamma), fround(state.beta)]
  const [eps, factor] = [fround(state.eps), fround(state.factor)]
  const inputs = state.samples.map(fround)
  const xs = inputs.map((u) => fround(w * u + b))
  const mean = fround(average(xs))
  const variance = fround(average(xs.map((x) => fround(x - mean) ** 2)))
  const stored = { mean: fround(mean * factor), variance: fround(variance * factor), factor }
  const inverse = factor === 0 ? 0 : fround(1 / factor)
  const used = { mean: fround(inverse * stored.mean), variance: fround(inverse * stored.variance) }
  const deviation = fround(sqrt(fround(used.variance + eps)))
  const over = (value: number) => (factor === 0 ? 0 : value / factor)
  const wantedAlpha = gamma / sqrt(over(stored.variance) + eps)
  const taken = (value: number) => (state.factorIgnored ? value : over(value))
  const alpha = gamma / sqrt(taken(stored.variance) + fround(state.foldEps ?? eps))
  const weight = fround(w * alpha)
  const bias = fround((b - taken(stored.mean)) * alpha + beta)
  const wantedBias = (b - over(stored.mean)) * wantedAlpha + beta
  const samples = inputs.map((u, i): SampleSteps => {
    const x = xs[i]!
    const centred = fround(x - used.mean)
    const y = fround(centred / deviation)
    const z = fround(fround(y * gamma) + beta)
    const folded = fround(weight * u + bias)
    // x rounds once, the mean twice; difference, quotient, deviation, product and sum round by their own size; so do w', b' and their result.
    const onInput = abs(gamma / deviation) * (abs(x) + 2 * abs(used.mean))
    const onTop = 7 * abs(gamma * y) + 3 * abs(z)
    const bound = U * (onInput + onTop + abs(w * wantedAlpha * u) + abs(wantedBias))
    return { u, x, centred, y, z, folded, bound }
  })
  return { mean, variance, stored, used, deviation, alpha, wantedAlpha, weight, bias, samples }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
