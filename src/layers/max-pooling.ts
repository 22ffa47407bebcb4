import { workshopFor } from "./simd/workshop.js"

/** One window's edges along one axis: from the first value on to below the last. */
export interface Edges {
  readonly from: number
  readonly to: number
}

/** The windows of a plane. */
export interface PlaneWindows {
  readonly height: number
  readonly width: number
  readonly vertical: readonly Edges[]
  readonly horizontal: readonly Edges[]
}

/** Multiply-accumulates that take as long as one value of a window. */
const WORK = 8

/** The largest value of every window, in WebAssembly; undefined where that is not there. */
export function largest(x: Float32Array, windows: PlaneWindows): Float32Array | undefined {
  const job = begin(x, windows)
  if (job === undefined) return undefined
  const y = job.shop.room(4 * job.planes * job.outputs)
  job.shop.run("maxPool", job.planes, { ...job.places, y }, { work: WORK * x.length })
  return job.shop.takeFloats(y, job.planes * job.outputs)
}

/** The diff of x, every window's to where its largest value is, the first of equals; likewise. */
export function largestDiff(
  x: Float32Array,
  diff: Float32Array,
  windows: PlaneWindows,
): Float32Array | undefined {
  const job = begin(x, windows)
  if (job === undefined) return undefined
  const dx = job.shop.room(4 * x.length)
  const scratchBytes = 8 * windows.height * windows.width
  const dy = job.shop.floats(diff)
  job.shop.run("maxPoolDiff", job.planes, { ...job.places, dy, dx }, { scratchBytes, work: WORK * x.length })
  return job.shop.takeFloats(dx, x.length)
}

function begin(x: Float32Array, { height, width, vertical, horizontal }: PlaneWindows) {
  if (x.length === 0) return undefined
  const outputs = vertical.length * horizontal.length
  const planes = x.length / (height * width)
  const shop = workshopFor(4 * (2 * x.length + 2 * planes * outputs) + 128 * height * width)
  if (shop === undefined) return undefined
  const edges = (list: readonly Edges[], unit: number) =>
    shop.integers(list.flatMap(({ from, to }) => [from * unit, to * unit]))
  const [rows, columns] = [edges(vertical, 4 * width), edges(horizontal, 4)]
  const places = {
    x: shop.floats(x),
    plane: 4 * height * width,
    width: 4 * width,
    rows,
    rowsEnd: rows + 8 * vertical.length,
    columns,
    columnsEnd: columns + 8 * horizontal.length,
    outputs,
  }
  return { shop, places, planes, outputs }
}
