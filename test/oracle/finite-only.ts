/**
 * Layers that shaders compute right only where the result is finite: WGSL promises neither infinities nor NaN
 * (https://www.w3.org/TR/WGSL/#floating-point-evaluation), nor does OpenGL ES, and a shader's log(0) is a
 * number.
 */
export const finiteOnly: Readonly<Record<string, readonly string[]>> = { "layers/exp_log_nonfinite": ["log"] }
