/** Extents of a blob, outermost first: Caffe's [N, C, H, W] for images, [] for a single number. */
export type Shape = readonly number[]

/** Caffe's unit of data: float32 values in C order with their shape. Treated as immutable once it is in a `Net`. */
export interface Blob {
  readonly shape: Shape
  readonly data: Float32Array
}

/** How many values a blob of this shape holds; 1 for the 0-axis shape `[]`. */
export function count(shape: Shape, from = 0, to = shape.length): number {
  let n = 1
  for (let i = from; i < to; i++) n *= shape[i]!
  return n
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}

/** `1x3x12x12`, as Caffe's logs and model zoos write it; `scalar` for a 0-axis blob. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? "scalar" : shape.join("x")
}

/** The non-negative index of an axis that may count from the end, as Caffe's CanonicalAxisIndex; NaN if out of range. */
export function canonicalAxis(axis: number, axes: number): number {
  const index = axis < 0 ? axis + axes : axis
  return index >= 0 && index < axes ? index : Number.NaN
}
