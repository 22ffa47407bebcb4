/**
 * A blob at one moment (static single assignment form). Caffe reuses a blob's name in place: `conv1` after the
 * convolution and `conv1` after its PReLU are two values with the same blob name. A value is known by its
 * identity, so two nets that hold the same value object share that blob: this is how a rewrite says what it kept.
 */
export interface Value {
  /** Caffe's blob name. */
  readonly blob: string
}

export function makeValue(blob: string): Value {
  return Object.freeze({ blob })
}
