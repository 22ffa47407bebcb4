import { U } from "./rounding.js"

/**
 * Relative error that a float32 exp, log, pow, tanh or a short formula of them is trusted with: four units in the last
 * place, 2u each. C libraries stay below one; the rest is for the few IEEE operations around a call in the kernels below.
 */
export const FUNCTION_ERROR = 4 * 2 * U

/** What a double holds of a result next to 1: cancellation in Caffe's 0.5 tanh(0.5 x) + 0.5 and log(1 + exp(x)). */
export const DOUBLE_ERROR = 2 ** -52

/** Caffe's sigmoid, in doubles as its literals make it: sigmoid_layer.cpp. */
export function sigmoidOf(x: number): number {
  return 0.5 * Math.tanh(0.5 * x) + 0.5
}

/** The steepest slope of the sigmoid within `error` of x. */
export function sigmoidSlope(x: number, error: number): number {
  const v = Math.exp(-Math.max(0, Math.abs(x) - error))
  return v / (1 + v) ** 2
}

/**
 * Kernel statements for `result`, the sigmoid of the expression `x`, without overflow and without cancellation: a shader's
 * tanh is exact to the last bits of 1 only.
 */
export function sigmoidStatements(x: string): string {
  return `
    const power = Math.exp(-Math.abs(${x}));
    const result = (${x} < 0 ? power : 1) / (1 + power);`
}

/**
 * Kernel statements for `root`, the square root of the expression `x`, to less than 2u: a shader's own is within 4.5 ulp only, and
 * one step of Newton's method makes up for it.
 */
export function rootStatements(x: string): string {
  return `
    let root = Math.sqrt(${x});
    if (root > 0) { root = root - (root * root - ${x}) / (2 * root); }`
}

/** Terms of log((1 + s) / (1 - s)) = 2 s (1 + s^2 / 3 + s^4 / 5 + ...) that float32 needs up to s = 1/3. */
const LOG_TERMS = 9

/** An expression for log((1 + s) / (1 - s)), |s| <= 1/3, with q = s s. */
export function logSeries(s: string, q: string): string {
  let sum = `${1 / (2 * LOG_TERMS - 1)}`
  for (let term = LOG_TERMS - 2; term > 0; term--) sum = `(${1 / (2 * term + 1)} + ${q} * ${sum})`
  return `2 * ${s} * (1 + ${q} * ${sum})`
}

/**
 * Kernel statements for `result`, the natural logarithm of the expression `x`: a series between 1/2 and 2, where a shader's
 * own is within an absolute 2^-21 only.
 */
export function logStatements(x: string): string {
  return `
    const s = (${x} - 1) / (${x} + 1);
    const q = s * s;
    let result = ${logSeries("s", "q")};
    if (${x} < 0.5 || ${x} > 2) { result = Math.log(${x}); }`
}
