import { type Patches, withPadding } from "./convolution-patches.js"
import { BLOCK, BLOCK_BYTES, ROW } from "./simd/blocks.js"
import { COLUMNS, PIECE } from "./simd/product-kernels.js"
import { LONG } from "./simd/threads.js"
import { type Workshop, workshopFor } from "./simd/workshop.js"

/*
 * Convolutions as products of matrices in WebAssembly, on all threads. Patches are packed from where they lie in the
 * images. Sums have the order of the plain loops, so results are theirs, bit for bit: threads share images, or weights,
 * never a sum.
 */

const panels = (n: number) => Math.ceil(n / BLOCK)

/** Memory that all parts of a convolution stay below, in bytes. */
function bytesOf(patches: Patches, threads = 16): number {
  const { group, channels, outputs, images, positions, fanIn, paddedPlane } = patches
  const [rows, columns] = [BLOCK * panels(outputs), BLOCK * panels(positions)]
  const perImage = group * (channels * paddedPlane * 8 + rows * positions * 12)
  const perThread = panels(fanIn) * ROW * columns + channels * paddedPlane * 8 + (rows + PIECE) * COLUMNS * 8
  return images * perImage + threads * perThread + 3 * group * rows * (fanIn + 4) * 8
}

/** The top of one bottom; undefined where it has to be computed otherwise. */
export function convolutionTop(
  patches: Patches,
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array | undefined,
): Float32Array | undefined {
  const shop = workshopFor(bytesOf(patches))
  if (shop === undefined) return undefined
  const { group, channels, outputs, images, positions, fanIn, paddedPlane, starts, taps } = patches
  const a = packWeights(shop, patches, shop.floats(weight), PIECE)
  const length = images * group * outputs * positions
  const c = shop.room(4 * length)
  shop.run(
    "product",
    images * group * Math.ceil(positions / COLUMNS),
    {
      b: shop.floats(withPadding(x, patches)),
      stride: 4 * channels * paddedPlane,
      columns: shop.integers(inBytes(starts)),
      n: positions,
      offsets: shop.integers(inBytes(taps)),
      k: fanIn,
      a,
      aStride: panels(outputs) * fanIn * ROW,
      group,
      m: outputs,
      bias: bias ? shop.floats(bias) : shop.zeros(4),
      biasGroup: bias ? 4 * outputs : 0,
      biasRow: bias ? 4 : 0,
      biasColumn: 0,
      c,
      cStride: 4 * outputs * positions,
      cRow: 4 * positions,
    },
    {
      scratchBytes: PIECE * ROW + panels(outputs) * BLOCK_BYTES * (COLUMNS / BLOCK),
      work: length * fanIn,
    },
  )
  return shop.takeFloats(c, length)
}

/**
 * The weights' diffs of one bottom, added to `totals`.
 * @returns whether they were; if not they have to be computed otherwise
 */
export function addConvolutionWeightDiff(
  patches: Patches,
  x: Float32Array,
  diff: Float32Array,
  totals: Float64Array,
): boolean {
  const shop = workshopFor(bytesOf(patches))
  if (shop === undefined) return false
  const { group, channels, outputs, images, positions, fanIn, paddedPlane, starts, taps } = patches
  const aStride = panels(outputs) * positions * ROW
  const a = shop.room(images * group * aStride)
  shop.run(
    "pack",
    images * group,
    {
      a: shop.floats(diff),
      stride: 4 * outputs * positions,
      rows: shop.steps(outputs, 4 * positions),
      panels: panels(outputs),
      offsets: shop.steps(positions, 4),
      k: positions,
      piece: positions,
      packed: a,
    },
    { work: 4 * diff.length },
  )
  const span = Math.min(16, Math.max(1, Math.ceil((panels(fanIn) * group) / shop.threads)))
  const place = shop.doubles(totals)
  const from = shop.floats(withPadding(x, patches))
  const stride = 4 * channels * paddedPlane
  const parameters = {
    ...{ stride, weights: shop.integers(inBytes(taps)), fanIn, starts: shop.integers(inBytes(starts)) },
    ...{ positions, aStride, group, outputs, totals: place, span },
  }
  const perImage = outputs * positions * span * BLOCK
  const together = Math.max(1, Math.floor(LONG / perImage))
  // Sums go on from one job to the next as they do from image to image.
  for (let image = 0; image < images; image += together) {
    const some = Math.min(together, images - image)
    const first = image * group
    shop.run(
      "weightDiff",
      group * Math.ceil(panels(fanIn) / span),
      { ...parameters, images: some, x: from + first * stride, a: a + first * aStride },
      {
        scratchBytes: positions * ROW + span * panels(outputs) * BLOCK_BYTES,
        work: some * group * outputs * positions * fanIn,
      },
    )
  }
  totals.set(shop.takeDoubles(place, totals.length))
  return true
}

/** The diff of one bottom; undefined where it has to be computed otherwise. */
export function convolutionBottomDiff(
  patches: Patches,
  weight: Float32Array,
  diff: Float32Array,
): Float32Array | undefined {
  const shop = workshopFor(bytesOf(patches))
  if (shop === undefined) return undefined
  const { group, channels, outputs, images, positions, fanIn, plane, paddedPlane } = patches
  const { starts, taps, inner } = patches
  const a = shop.room(group * panels(fanIn) * outputs * ROW)
  shop.run(
    "pack",
    group,
    {
      a: shop.floats(weight),
      stride: 4 * outputs * fanIn,
      rows: shop.steps(fanIn, 4),
      panels: panels(fanIn),
      offsets: shop.steps(outputs, 4 * fanIn),
      k: outputs,
      piece: outputs,
      packed: a,
    },
    { work: 0 },
  )
  const length = images * group * channels * plane
  const dx = shop.room(4 * length)
  const padded = channels * paddedPlane * 8
  shop.run(
    "bottomDiff",
    images * group,
    {
      dy: shop.floats(diff),
      stride: 4 * outputs * positions,
      columns: shop.steps(positions, 4),
      positions,
      offsets: shop.steps(outputs, 4 * positions),
      outputs,
      a,
      aStride: panels(fanIn) * outputs * ROW,
      group,
      starts: shop.integers(inBytes(starts)),
      runs: shop.integers(runsOf(starts)),
      taps: shop.integers(inBytes(taps)),
      fanIn,
      padded,
      inner: shop.integers(placesOf(patches, inner)),
      plane: channels * plane,
      dx,
    },
    {
      scratchBytes: outputs * ROW + panels(positions) * panels(fanIn) * BLOCK_BYTES + padded,
      work: diff.length * fanIn,
    },
  )
  return shop.takeFloats(dx, length)
}

function packWeights(shop: Workshop, { group, outputs, fanIn }: Patches, a: number, piece: number): number {
  const packed = shop.room(group * panels(outputs) * fanIn * ROW)
  shop.run(
    "pack",
    group,
    {
      a,
      stride: 4 * outputs * fanIn,
      rows: shop.steps(outputs, 4 * fanIn),
      panels: panels(outputs),
      offsets: shop.steps(fanIn, 4),
      k: fanIn,
      piece,
      packed,
    },
    { work: 0 },
  )
  return packed
}

function inBytes(places: Int32Array): Int32Array {
  return places.map((place) => 4 * place)
}

/** Of every four positions, whether their patches begin one value after the other. */
function runsOf(starts: Int32Array): Int32Array {
  return Int32Array.from({ length: panels(starts.length) }, (_, panel) =>
    [1, 2, 3].every((i) => starts[BLOCK * panel + i] === starts[BLOCK * panel]! + i) ? 1 : 0,
  )
}

/** Where the doubles of a bottom's image are in its padded planes, in bytes. */
function placesOf({ channels, plane, paddedPlane }: Patches, inner: Int32Array | undefined): Int32Array {
  const places = new Int32Array(channels * plane)
  for (let c = 0, i = 0; c < channels; c++) {
    for (let p = 0; p < plane; p++, i++) places[i] = 8 * (c * paddedPlane + (inner ? inner[p]! : p))
  }
  return places
}
