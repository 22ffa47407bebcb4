import type { GpuArgument, GpuKernel } from "./gpu-kernel.js"
import { type LossParams, normalizer } from "./loss.js"

/** The condition that the expression `label`, cut to an integer, is `value`. */
export function isLabel(label: string, value: number): string {
  if (value === 0) return `${label} > -1 && ${label} < 1`
  return value > 0
    ? `${label} >= ${value} && ${label} < ${value + 1}`
    : `${label} > ${value - 1} && ${label} <= ${value}`
}

/** The condition that the expression `label`, cut to an integer, is one of so many classes. */
export function isClass(label: string, classes: number): string {
  return `${label} > -1 && ${label} < ${classes}`
}

/** The class that a label is cut to, where it is one. */
export function classAt(label: string): string {
  return `Math.max(Math.floor(${label}), 0)`
}

/** Statements that run `step` where `label` counts: where it is not `ignored`. */
export function unlessIgnored(label: string, ignored: number | undefined, step: string): string {
  if (ignored === undefined) return step
  return `let counts = 1; if (${isLabel(label, ignored)}) { counts = 0; } if (counts > 0) { ${step} }`
}

/**
 * What a loss is where a label is no class: not a number. The reference engine throws there, which a kernel cannot do. The value
 * is copied, not computed: a shader's compiler may assume that its computations give numbers
 * (https://www.w3.org/TR/WGSL/#floating-point-evaluation).
 */
export const notANumber: GpuArgument = { data: Float32Array.of(Number.NaN) }

/** The one value of a loss: the sum of kernel `terms`, `size` values, over a number or over the sum of another kernel's counts. */
export function totalKernel(
  terms: number,
  size: number,
  divisor: number | { readonly kernel: number },
): GpuKernel {
  const isKnown = typeof divisor === "number"
  return {
    output: [1],
    args: { terms: { kernel: terms }, ...(isKnown ? {} : { counts: divisor }) },
    body: `
      let sum = 0;
      let valid = 0;
      for (let i = 0; i < ${size}; i++) {
        sum += terms[i];
        ${isKnown ? "" : "valid += counts[i];"}
      }
      return sum / ${isKnown ? divisor : "Math.max(valid, 1)"};`,
    top: 0,
  }
}

/**
 * The same for terms that belong to labels, one each (0 where the label is ignored): NaN if a label that counts is none of the
 * classes. `divisor` is a number, or "valid" for how many labels count.
 */
export function totalOfLabelsKernel(
  terms: number,
  size: number,
  classes: number,
  divisor: number | "valid",
  ignored?: number,
): GpuKernel {
  return {
    output: [1],
    args: { terms: { kernel: terms }, labels: { bottom: 1 }, nan: notANumber },
    body: `
      let sum = 0;
      let valid = 0;
      let wrong = 0;
      for (let i = 0; i < ${size}; i++) {
        const label = labels[i];
        sum += terms[i];
        ${unlessIgnored("label", ignored, `valid += 1; wrong += 1; if (${isClass("label", classes)}) { wrong -= 1; }`)}
      }
      if (wrong > 0) { return nan[0]; }
      return sum / ${divisor === "valid" ? "Math.max(valid, 1)" : divisor};`,
    top: 0,
  }
}

/** What a loss is divided by, as far as it is known before the run. */
export function divisorOf({ normalization }: LossParams, outer: number, inner: number): number | "valid" {
  return normalization === "VALID" ? "valid" : normalizer(normalization, outer, inner, 0)
}
