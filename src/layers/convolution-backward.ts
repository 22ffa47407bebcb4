import { count } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { type ConvolutionParams, slidingOf } from "./convolution-params.js"
import { patchesOf } from "./convolution-patches.js"
import { addConvolutionWeightDiff, convolutionBottomDiff } from "./convolution-products.js"
import { windowTable } from "./im2col.js"
import type { BackwardPass, Call, Diffs } from "./layer-type.js"
import { matmul, transposed } from "./matmul.js"

/**
 * The backward pass of a convolution, image after image as two products of matrices: the weights get dy times
 * the patches, the bottom W^T dy, every product added to where its patch took from (Caffe's col2im):
 * conv_layer.cpp, base_conv_layer.cpp. All sums in double, over the whole batch, rounded once.
 */
export function convolutionBackward(
  call: Call<ConvolutionParams>,
  { bottoms, topDiffs, propagateDown, paramPropagateDown }: BackwardPass,
): Diffs {
  const onWeight = paramPropagateDown[0] ? new Float64Array(call.blobs[0]!.data.length) : undefined
  const onBias = paramPropagateDown[1] ? new Float64Array(call.params.numOutput) : undefined
  const bottomDiffs = bottoms.map((x, index) => {
    const patches = patchesOf(call, index)
    const diff = topDiffs[index]!
    const weight = call.blobs[0]!.data
    if (onBias) addBiasDiff(diff, onBias, patches.positions)
    if (onWeight && !addConvolutionWeightDiff(patches, x, diff, onWeight))
      addWeightDiff(partsOf(call, index), x, diff, onWeight)
    if (!propagateDown[index]) return undefined
    return convolutionBottomDiff(patches, weight, diff) ?? bottomDiff(partsOf(call, index), weight, diff)
  })
  return { bottomDiffs, blobDiffs: [onWeight, onBias].map((sums) => sums && new Float32Array(sums)) }
}

/** The bias of each output gets the sum of its diffs over all images and positions. */
export function addBiasDiff(diff: Float32Array, onBias: Float64Array, positions: number): void {
  for (let at = 0, o = 0; at < diff.length; at += positions, o = (o + 1) % onBias.length) {
    checkStopNowAndThen(positions)
    let sum = 0
    for (let p = 0; p < positions; p++) sum += diff[at + p]!
    onBias[o]! += sum
  }
}

/** The sizes of one bottom's convolution, channels and outputs those of one group. */
function partsOf(call: Call<ConvolutionParams>, index: number) {
  const sliding = slidingOf(call)
  const { axis, kernel } = sliding
  const { numOutput, group } = call.params
  const [bottom, top] = [call.bottoms[index]!, call.tops[index]!]
  const taps = count(kernel)
  const channels = bottom[axis]! / group
  return {
    group,
    channels,
    outputs: numOutput / group,
    images: count(bottom, 0, axis),
    plane: count(bottom, axis + 1),
    positions: count(top, axis + 1),
    taps,
    fanIn: channels * taps,
    table: windowTable(bottom.slice(axis + 1), top.slice(axis + 1), sliding),
  }
}

type Parts = ReturnType<typeof partsOf>

/**
 * Patches as columns, [channels x taps, positions]: what each tap reads, position after position. `table` is
 * [taps, positions].
 */
function im2row(x: Float32Array, offset: number, parts: Parts, table: Int32Array, rows: Float32Array): void {
  const { channels, plane, taps, positions } = parts
  const size = taps * positions
  for (let c = 0; c < channels; c++) {
    const [from, to] = [offset + c * plane, c * size]
    for (let i = 0; i < size; i++) {
      const index = table[i]!
      rows[to + i] = index < 0 ? 0 : x[from + index]!
    }
  }
}

function turnedTable({ table, taps, positions }: Parts): Int32Array {
  const turned = new Int32Array(table.length)
  for (let p = 0; p < positions; p++) {
    for (let t = 0; t < taps; t++) turned[t * positions + p] = table[p * taps + t]!
  }
  return turned
}

function addWeightDiff(parts: Parts, x: Float32Array, diff: Float32Array, onWeight: Float64Array): void {
  const { group, channels, outputs, images, plane, positions, fanIn } = parts
  const table = turnedTable(parts)
  const rows = new Float32Array(fanIn * positions)
  const products = new Float64Array(outputs * fanIn)
  for (let image = 0; image < images * group; image++) {
    im2row(x, image * channels * plane, parts, table, rows)
    matmul(
      diff,
      image * outputs * positions,
      rows,
      outputs,
      fanIn,
      positions,
      undefined,
      0,
      products,
      0,
      fanIn,
      1,
    )
    const at = (image % group) * products.length
    for (let i = 0; i < products.length; i++) onWeight[at + i]! += products[i]!
  }
}

function bottomDiff(parts: Parts, weight: Float32Array, diff: Float32Array): Float32Array {
  const { group, channels, outputs, images, plane, positions, fanIn, taps } = parts
  const table = turnedTable(parts)
  const size = taps * positions
  const turned = Array.from({ length: group }, (_, g) =>
    transposed(weight.subarray(g * outputs * fanIn, (g + 1) * outputs * fanIn), 0, outputs, fanIn),
  )
  const dx = new Float32Array(images * group * channels * plane)
  const sums = new Float64Array(channels * plane)
  const products = new Float64Array(fanIn * positions)
  for (let image = 0; image < images * group; image++) {
    const dy = transposed(diff, image * outputs * positions, outputs, positions)
    matmul(turned[image % group]!, 0, dy, fanIn, positions, outputs, undefined, 0, products, 0, positions, 1)
    sums.fill(0)
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < size; i++) {
        const index = table[i]!
        if (index >= 0) sums[c * plane + index]! += products[c * size + i]!
      }
    }
    dx.set(sums, image * channels * plane)
  }
  return dx
}
