import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { cellText } from "./cell-text.js"
import { listTable, matrixTable } from "./matrix.js"
import { isPlainObject, type Specimen } from "./specimen.js"
import { captionOf, type Numbers } from "./statistics.js"
import { tableBundle } from "./table.js"

type Elements = ArrayLike<unknown>

/** What a plain object may hold beside its shape and data; with more it is another thing that has a shape. */
const tensorKeys = new Set([
  "shape",
  "dims",
  "data",
  "values",
  "dtype",
  "type",
  "size",
  "strides",
  "stride",
  "offset",
])

/**
 * Arrays with axes, known by what they have: prelab's and ndarray's `{ shape, data }`, TensorFlow.js'
 * `{ shape, dtype, dataSync() }`, onnxruntime's `{ dims, type, data }`. Shape, kind, range, and the first matrix.
 */
export function showTensor(specimen: Specimen): Mimebundle | undefined {
  const shape = shapeOf(specimen)
  if (!shape) return undefined
  const { value } = specimen
  if (isPlainObject(value) && Object.keys(value).some((key) => !tensorKeys.has(key))) return undefined
  const count = shape.reduce((product, extent) => product * extent, 1)
  const elements = elementsOf(specimen, count)
  if (!elements || !inOrder(specimen, shape)) return undefined
  const kind = `${kindOf(specimen, elements)} ${specimen.className ?? "array"}`
  if (shape.length === 0) return { "text/plain": `${kind}, a scalar: ${cellText(elements[0])}` }
  const whole = `${kind} of ${shape.join(" × ")}`
  if (count === 0) return { "text/plain": whole }
  const caption = isNumbers(elements) ? captionOf(whole, elements) : whole
  return tableBundle(
    shape.length === 1 ? listTable(caption, elements) : matrixTable(caption, shape, elements),
  )
}

function shapeOf(specimen: Specimen): number[] | undefined {
  const found = specimen.get("shape") ?? specimen.get("dims")
  if (!Array.isArray(found) && !types.isTypedArray(found)) return undefined
  const shape = Array.from(found as ArrayLike<unknown>, Number)
  return shape.length <= 32 && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)
    ? shape
    : undefined
}

/** The values, if there are as many as the shape says. */
function elementsOf(specimen: Specimen, count: number): Elements | undefined {
  for (const name of ["data", "values"]) {
    const found = specimen.get(name)
    if (isElements(found)) return found.length === count ? found : undefined
  }
  const read = specimen.call("dataSync")
  return isElements(read) && read.length === count ? read : undefined
}

function isElements(found: unknown): found is Elements {
  if (types.isTypedArray(found)) return true
  return Array.isArray(found) && found.every((element) => element === null || typeof element !== "object")
}

/** A transposed or cut view lies differently in memory than it is read. */
function inOrder(specimen: Specimen, shape: readonly number[]): boolean {
  if ((specimen.get("offset") ?? 0) !== 0) return false
  const strides = specimen.get("strides") ?? specimen.get("stride")
  if (!Array.isArray(strides) || strides.length !== shape.length) return true
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; step *= shape[axis]!, axis--)
    if (shape[axis]! > 1 && strides[axis] !== step) return false
  return true
}

function kindOf(specimen: Specimen, elements: Elements): string {
  for (const name of ["dtype", "type"]) {
    const found = specimen.get(name)
    if (typeof found === "string") return cellText(found)
  }
  if (Array.isArray(elements)) return typeof elements[0]
  const name = Object.prototype.toString.call(elements).slice("[object ".length, -1)
  return name
    .replace(/Clamped|Array/g, "")
    .replace("Big", "")
    .toLowerCase()
}

function isNumbers(elements: Elements): elements is Numbers {
  if (!Array.isArray(elements)) return true
  return elements.every((element) => typeof element === "number" || typeof element === "bigint")
}
