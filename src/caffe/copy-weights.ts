import { PrelabError } from "../error.js"
import type { NetCalls } from "../layers/index.js"
import { type Blob, count, formatShape, type Layer, type Net, type Shape, sameShape } from "../net/index.js"
import type { FileBlob } from "./blob-proto.js"
import type { CaffeModel } from "./caffemodel.js"

/**
 * Gives a net the weights of a caffemodel, matched by layer name as Net::CopyTrainedLayersFrom does: layers that only the model has are
 * ignored, blob counts and shapes must agree. Parameters shared by name (`param { name }`) take the last copy in the model.
 */
export function copyWeights({ net, calls }: NetCalls, model: CaffeModel): Net {
  const source = new Map(
    model.layers.filter(({ blobs }) => blobs.length > 0).map((layer) => [layer.name, layer]),
  )
  const warnings: string[] = []
  const layers = net.layers.map((layer) => {
    const known = calls.get(layer)
    const expected = known?.type.blobShapes?.(known.call)
    const blobs = source.get(layer.name)?.blobs
    if (blobs === undefined) {
      if (expected && expected.length > 0)
        warnings.push(`no weights for ${layer.name} (${layer.type}) in the caffemodel`)
      return layer
    }
    if (known && blobs.length !== (expected ?? []).length) {
      throw new PrelabError(
        "wrong number of blobs",
        `${blobs.length} in the caffemodel, ${layer.type} ${layer.name} has ${(expected ?? []).length}`,
      )
    }
    return { ...layer, blobs: blobs.map((blob, i) => fitBlob(layer, blob, i, expected?.[i])) }
  })
  return net.with(shareByName(layers), { warnings: [...net.warnings, ...warnings] })
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
    return { hint: "the file holds one slope for all channels: set prelu_param { channel_shared: true }" }
  }
  if (want.length === 0) return { hint: `the file holds one slope per channel: remove channel_shared` }
  return undefined
}

/** Layers whose `param` specs carry the same name read the same blob: the last owner's copy. */
function shareByName(layers: readonly Layer[]): Layer[] {
  const nameOf = (layer: Layer, i: number) =>
    (layer.message.param as { name?: string }[] | undefined)?.[i]?.name
  const shared = new Map<string, Blob>()
  for (const layer of layers) {
    layer.blobs.forEach((blob, i) => {
      const name = nameOf(layer, i)
      if (name) shared.set(name, blob)
    })
  }
  if (shared.size === 0) return [...layers]
  return layers.map((layer) => ({
    ...layer,
    blobs: layer.blobs.map((blob, i) => {
      const name = nameOf(layer, i)
      const owner = name ? shared.get(name) : undefined
      return owner && count(owner.shape) === count(blob.shape)
        ? { shape: blob.shape, data: owner.data }
        : blob
    }),
  }))
}
