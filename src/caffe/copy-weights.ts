import { PrelabError } from "../error.js"
import type { NetCalls } from "../layers/index.js"
import {
  type Blob,
  count,
  formatShape,
  type Layer,
  type Net,
  once,
  type Shape,
  sameShape,
} from "../net/index.js"
import type { FileBlob } from "./blob-proto.js"
import type { CaffeModel } from "./caffemodel.js"
import { constantOf } from "./fillers.js"
import { modelPieces } from "./model-pieces.js"
import { blobShapesOf, paramSpecsOf } from "./param-specs.js"

/** Constants are for slopes and statistics, one a channel. Whatever a file declares, no more memory than this is taken for them. */
const maxFilled = 2 ** 22

/** What the caffemodel gave so far: blobs and a fork's fields by layer, values by the name that layers share them under. */
interface Copied {
  readonly blobs: Map<Layer, readonly Blob[]>
  readonly extra: Map<Layer, Uint8Array>
  readonly shared: Map<string, Float32Array>
}

/**
 * Gives a net the weights of a caffemodel as Net::CopyTrainedLayersFrom does: matched by layer name, in the model's order, into the
 * first layer of that name; layers that only the model has are ignored, blob counts and shapes must agree. Parameters shared by name
 * (`param { name }`) take the last copy in the model. Layers that the model lacks keep their constant filler, with a warning.
 *
 * @throws PrelabError when a blob does not fit, or the model is empty and the net is not without weights
 */
export function copyWeights(calls: NetCalls, model: CaffeModel): Net {
  const { net } = calls
  const first = firstByName(net)
  const copied = copyAll(calls, model, first)
  const warnings = duplicateNames(calls, first)
  const layers = net.layers.map((layer) => {
    const blobs = copied.blobs.get(layer)
    const extra = copied.extra.get(layer)
    const own = extra ? { ...layer, extra } : layer
    if (blobs) return { ...own, blobs: blobs.map((blob, i) => withShared(layer, blob, i, copied.shared)) }
    const shapes = blobShapesOf(calls, layer)
    if (shapes === undefined || shapes.length === 0) return own
    if (model.layers.length === 0) throw new PrelabError("no layers in caffemodel", "the file is empty")
    const missing = `no weights for ${layer.name} (${layer.type}) in the caffemodel`
    const filled = shapes.map((shape, i) => filledBlob(layer, shape, i, copied.shared))
    if (filled.includes(undefined)) {
      warnings.push(missing)
      return own
    }
    const values = [...new Set(shapes.map((_, i) => constantOf(layer, i)))].join(" and ")
    warnings.push(`${missing}: ${isShared(layer) ? "shared or constant ones" : `constant ${values}`} taken`)
    return { ...own, blobs: filled as Blob[] }
  })
  const files = {
    ...net.files,
    model: once(() => modelPieces(model.pieces(), model.layers, (name) => first.has(name))),
  }
  return net.with(layers, { warnings: [...net.warnings, ...warnings], files })
}

function copyAll(calls: NetCalls, model: CaffeModel, first: ReadonlyMap<string, Layer>): Copied {
  const copied: Copied = { blobs: new Map(), extra: new Map(), shared: new Map() }
  for (const { name, blobs, extra } of model.layers) {
    const layer = first.get(name)
    if (layer === undefined) continue
    if (extra.length > 0) copied.extra.set(layer, extra)
    const shapes = blobShapesOf(calls, layer, blobs)
    if (shapes && blobs.length !== shapes.length) {
      throw new PrelabError(
        "wrong number of blobs",
        `${blobs.length} in the caffemodel, ${layer.type} ${layer.name} has ${shapes.length}`,
      )
    }
    const fitting = blobs.map((blob, i) => fitBlob(layer, blob, i, shapes?.[i]))
    if (fitting.length > 0) copied.blobs.set(layer, fitting)
    fitting.forEach(({ data }, i) => {
      const shared = paramSpecsOf(layer)[i]?.name
      if (shared) copied.shared.set(shared, data)
    })
  }
  return copied
}

/** The blob in the shape that the net gives it. A legacy 4-D blob agrees when its shape does from the right (blob.cpp, ShapeEquals). */
function fitBlob(layer: Layer, blob: FileBlob, index: number, expected: Shape | undefined): Blob {
  const { shape, data } = blob
  if (expected === undefined || sameShape(shape, expected)) return { shape, data }
  const padded = [...new Array<number>(Math.max(0, 4 - expected.length)).fill(1), ...expected]
  if (blob.legacy && expected.length <= 4 && sameShape(shape, padded)) return { shape: expected, data }
  throw new PrelabError(
    "shape mismatch",
    `blob ${index} of layer ${layer.name} is ${formatShape(shape)} in the caffemodel, the prototxt needs ${formatShape(expected)}`,
    slopeHint(layer, shape, expected),
  )
}

/** The unanswered error of the PReLU threads: "Source param shape is (1); target param shape is 32 (32)". */
function slopeHint({ type }: Layer, have: Shape, want: Shape): { hint: string } | undefined {
  if (type !== "PReLU") return undefined
  if (count(have) === 1 && want.length === 1) {
    return {
      hint: `the file holds one slope for all channels: set prelu_param { channel_shared: true }, ${orRepair}`,
    }
  }
  if (want.length === 0)
    return { hint: `the file holds one slope per channel: remove channel_shared, ${orRepair}` }
  return undefined
}

const orRepair = `or load with repair: "slopes" (--repair-slopes)`

/** A blob under a shared name holds what was copied under that name last, in its own shape. */
function withShared(layer: Layer, blob: Blob, index: number, shared: Copied["shared"]): Blob {
  const data = shared.get(paramSpecsOf(layer)[index]?.name ?? "")
  return data?.length === blob.data.length ? { shape: blob.shape, data } : blob
}

/** What a blob holds that the model lacks: a sharer's values, else its constant. Undefined if that is random. */
function filledBlob(layer: Layer, shape: Shape, index: number, shared: Copied["shared"]): Blob | undefined {
  const name = paramSpecsOf(layer)[index]?.name
  const known = name ? shared.get(name) : undefined
  if (known?.length === count(shape)) return { shape, data: known }
  const value = constantOf(layer, index)
  if (value === undefined || count(shape) > maxFilled) return undefined
  const data = new Float32Array(count(shape)).fill(value)
  if (name) shared.set(name, data)
  return { shape, data }
}

function isShared(layer: Layer): boolean {
  return paramSpecsOf(layer).some(({ name }) => name)
}

/** Caffe gives the weights of a name to its first layer and says nothing. */
function duplicateNames(calls: NetCalls, first: ReadonlyMap<string, Layer>): string[] {
  const later = calls.net.layers.filter(
    (layer) => first.get(layer.name) !== layer && (blobShapesOf(calls, layer) ?? []).length > 0,
  )
  const names = new Set(later.map(({ name }) => name))
  return [...names].map((name) => `several layers are named ${name}: weights go to the first`)
}

function firstByName({ layers }: Net): Map<string, Layer> {
  const first = new Map<string, Layer>()
  for (const layer of layers) if (!first.has(layer.name)) first.set(layer.name, layer)
  return first
}
