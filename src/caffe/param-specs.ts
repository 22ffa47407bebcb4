import { PrelabError } from "../error.js"
import type { NetCalls } from "../layers/index.js"
import { type Blob, count, formatShape, type Layer, type Shape, sameShape } from "../net/index.js"

/** ParamSpec of caffe.proto: one a blob, in the blobs' order; a missing one is all defaults. */
export interface ParamSpec {
  /** Blobs whose specs carry the same name are one blob. */
  readonly name?: string
  readonly share_mode?: "STRICT" | "PERMISSIVE"
  readonly lr_mult?: number
  readonly decay_mult?: number
}

export function paramSpecsOf(layer: Layer): readonly ParamSpec[] {
  return (layer.message.param as readonly ParamSpec[] | undefined) ?? []
}

/**
 * Shapes that Caffe would give the layer's blobs; undefined where the layer's type or bottoms are unknown.
 * @param blobs those that the layer has or is about to get: where forks disagree, they say whose layer it is
 * @throws PrelabError when one is larger than Caffe's blobs can be
 */
export function blobShapesOf(
  { calls }: NetCalls,
  layer: Layer,
  blobs: readonly Blob[] = layer.blobs,
): readonly Shape[] | undefined {
  const known = calls.get(layer)
  if (known === undefined) return undefined
  const call = blobs === known.call.layer.blobs ? known.call : { ...known.call, layer: { ...layer, blobs } }
  const shapes = known.type.blobShapes?.(call) ?? []
  const large = shapes.find((shape) => count(shape) > 2 ** 31 - 1)
  if (large) {
    throw new PrelabError("blob larger than Caffe allows", `${formatShape(large)} in layer ${layer.name}`, {
      line: layer.origin?.line,
    })
  }
  return shapes
}

/**
 * Checks the `param` specs as Caffe's layers and Net::AppendParam do: no more specs than blobs, no learning rate for the
 * statistics of BatchNorm, equal shapes (counts, if PERMISSIVE) where a name is shared.
 *
 * @throws PrelabError with the layer's line
 */
export function checkParamSpecs(calls: NetCalls): void {
  const owners = new Map<string, { layer: Layer; shape: Shape }>()
  for (const layer of calls.net.layers) {
    const shapes = blobShapesOf(calls, layer)
    if (shapes === undefined) continue
    const specs = paramSpecsOf(layer)
    const fail = (what: string, value: string): never => {
      throw new PrelabError(what, value, { line: layer.origin?.line })
    }
    if (specs.length > shapes.length)
      fail("more param specs than blobs", `${specs.length} for ${shapes.length} in layer ${layer.name}`)
    if (layer.type === "BatchNorm" && specs.slice(0, 3).some(({ lr_mult = 1 }) => lr_mult !== 0))
      fail("BatchNorm statistics need lr_mult 0", `layer ${layer.name}`)
    specs.forEach(({ name, share_mode }, i) => {
      if (!name) return
      const shape = shapes[i]!
      const owner = owners.get(name)
      if (owner === undefined) owners.set(name, { layer, shape })
      else if (
        share_mode === "PERMISSIVE" ? count(shape) !== count(owner.shape) : !sameShape(shape, owner.shape)
      )
        fail(
          "shared param shapes differ",
          `${name} is ${formatShape(owner.shape)} in layer ${owner.layer.name}, ${formatShape(shape)} in layer ${layer.name}`,
        )
    })
  }
}
