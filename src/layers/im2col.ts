import { count, type Shape } from "../net/index.js"
import type { PerAxis } from "./window.js"

/** How a kernel window slides over one image: any number of spatial axes. */
export interface Sliding {
  readonly kernel: PerAxis
  readonly stride: PerAxis
  readonly pad: PerAxis
  readonly dilation: PerAxis
}

/** For every output position and every tap: the flat index into one channel's plane, or -1 where the tap is padding. */
export function windowTable(
  input: Shape,
  output: Shape,
  { kernel, stride, pad, dilation }: Sliding,
): Int32Array {
  const taps = count(kernel)
  const positions = count(output)
  const table = new Int32Array(positions * taps)
  const axes = input.length
  const at = new Array<number>(axes).fill(0)
  const tap = new Array<number>(axes).fill(0)
  for (let p = 0, i = 0; p < positions; p++, advance(at, output)) {
    tap.fill(0)
    for (let t = 0; t < taps; t++, i++, advance(tap, kernel)) {
      let index = 0
      for (let axis = 0; axis < axes; axis++) {
        const x = at[axis]! * stride[axis]! - pad[axis]! + tap[axis]! * dilation[axis]!
        if (x < 0 || x >= input[axis]!) {
          index = -1
          break
        }
        index = index * input[axis]! + x
      }
      table[i] = index
    }
  }
  return table
}

/**
 * Patches as rows: [positions, channels x taps], in the order of the weights' own [channels, taps], so that a convolution is
 * one product of row-major matrices. Padding is 0.
 */
export function im2col<F extends Float32Array | Float64Array>(
  image: F,
  offset: number,
  channels: number,
  plane: number,
  table: Int32Array,
  taps: number,
  columns: F,
): void {
  const positions = table.length / taps
  const row = channels * taps
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      const to = p * row + c * taps
      const from = offset + c * plane
      for (let t = 0; t < taps; t++) {
        const index = table[p * taps + t]!
        columns[to + t] = index < 0 ? 0 : image[from + index]!
      }
    }
  }
}

function advance(at: number[], extents: Shape): void {
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    at[axis] = at[axis]! + 1
    if (at[axis]! < extents[axis]!) return
    at[axis] = 0
  }
}
