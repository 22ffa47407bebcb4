import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { rounded } from "./parts.js"

/**
 * Elements of a blob at regular places: element (i, j, …) of the view is at offset + i strides[0] + j
 * strides[1] + ….
 */
export interface View {
  readonly extents: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}

/** The distances of a blob's neighbours along each axis, C order. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => count(shape, axis + 1))
}

/** Copies a view to consecutive places. */
export function copyView<F extends Float32Array | Float64Array>(
  from: F,
  { extents, strides, offset }: View,
  to: F,
): F {
  let at = 0
  const copy = (axis: number, place: number): void => {
    if (axis === extents.length - 1) checkStopNowAndThen(extents[axis]!)
    if (axis === extents.length) {
      to[at++] = from[place]!
    } else if (axis === extents.length - 1 && strides[axis] === 1) {
      to.set(from.subarray(place, place + extents[axis]!) as F, at)
      at += extents[axis]!
    } else {
      for (let i = 0; i < extents[axis]!; i++) copy(axis + 1, place + i * strides[axis]!)
    }
  }
  copy(0, offset)
  return to
}

/** The other way round: adds consecutive values to where a view takes them from, in double, rounded once. */
export function addToView(
  from: Float32Array,
  { extents, strides, offset }: View,
  length: number,
): Float32Array {
  const to = new Float64Array(length)
  let at = 0
  const add = (axis: number, place: number): void => {
    if (axis === extents.length - 1) checkStopNowAndThen(extents[axis]!)
    if (axis === extents.length) to[place]! += from[at++]!
    else for (let i = 0; i < extents[axis]!; i++) add(axis + 1, place + i * strides[axis]!)
  }
  add(0, offset)
  return rounded(to)
}

/**
 * Places that a kernel computes with floats, because a coordinate is divided or read from an array, are exact
 * up to 2^24.
 *
 * @throws PrelabError when a blob has more elements.
 */
export function checkPlaces(elements: number): void {
  if (elements > 2 ** 24)
    throw new PrelabError("blob too large for its kernel", elements, { hint: "use the reference engine" })
}

/**
 * The kernel that copies a view of bottom 0.
 *
 * @throws PrelabError when more than three axes remain and the blob is too large to count through with
 * floats.
 */
export function viewKernel(view: View, top: number): GpuKernel {
  const { extents, strides, offset } = merged(view)
  const axes = extents.length
  const [x, y, rest] = [extents[axes - 1] ?? 1, extents[axes - 2] ?? 1, extents.slice(0, -2)]
  const lines: string[] = []
  const terms = [`${offset}`]
  let left = "z"
  for (let axis = rest.length - 1; axis > 0; axis--) {
    const extent = rest[axis]!
    // The quotient stays half a step away from the integers: shaders round divisions.
    lines.push(`const z${axis} = Math.floor((${left} + 0.5) / ${extent});`)
    terms.push(`(${left} - z${axis} * ${extent}) * ${strides[axis]}`)
    left = `z${axis}`
  }
  if (rest.length > 1) checkPlaces(offset + extents.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, 0))
  if (rest.length > 0) terms.push(`${left} * ${strides[0]}`)
  if (axes > 1) terms.push(`y * ${strides[axes - 2]}`)
  terms.push(`x * ${strides[axes - 1] ?? 1}`)
  return {
    output: [x, y, count(rest)].slice(0, Math.min(3, Math.max(1, axes))),
    args: { bottom: { bottom: 0 } },
    body: `
      ${lines.join("\n")}
      return bottom[${terms.join(" + ")}];`,
    top,
  }
}

/**
 * The same view with as few axes as possible: axes of one element and neighbours that continue each other
 * vanish.
 */
function merged({ extents, strides, offset }: View): View {
  const axes: { extent: number; stride: number }[] = []
  extents.forEach((extent, i) => {
    const stride = strides[i]!
    const outer = axes.at(-1)
    if (extent === 1) return
    if (outer && outer.stride === extent * stride)
      axes[axes.length - 1] = { extent: outer.extent * extent, stride }
    else axes.push({ extent, stride })
  })
  return { extents: axes.map(({ extent }) => extent), strides: axes.map(({ stride }) => stride), offset }
}
