import { PrelabError } from "../error.js"
import {
  type Blob,
  count,
  formatShape,
  type Layer,
  type Net,
  nearest,
  type Phase,
  type Shape,
  sameShape,
  type Value,
} from "../net/index.js"
import { checkBottoms } from "./bottoms.js"
import type { AnyLayerType, Call } from "./layer-type.js"
import { inLayer, MissingWeights } from "./problems.js"
import { layerTypeOf } from "./table.js"
import { checkTops } from "./tops.js"

/** Shapes by input blob name, in place of those the prototxt states. */
export type InputShapes = Readonly<Record<string, Shape>>

/**
 * A net at one input size: every value's shape and every layer's call, or the reason why a layer cannot run.
 */
export interface NetCalls {
  readonly net: Net
  readonly shapes: ReadonlyMap<Value, Shape>
  readonly calls: ReadonlyMap<Layer, { readonly type: AnyLayerType; readonly call: Call<unknown> }>
  /**
   * Layers that cannot run (unsupported type, wrong shapes, no weights) and those downstream of them, with
   * the first reason.
   */
  readonly problems: ReadonlyMap<Layer, PrelabError>
}

/**
 * Infers every shape from the inputs on and checks the parameter blobs against what Caffe would allocate.
 * Problems are collected, so that everything upstream of an unsupported layer still runs and shows.
 *
 * @param options.weights "later" while they are still to be loaded
 * @throws PrelabError when `inputs` names a blob that the net has no input for.
 */
export function callsOf(
  net: Net,
  inputs: InputShapes = {},
  { weights = "checked" }: { weights?: "checked" | "later" } = {},
): NetCalls {
  const names = net.inputs.map((value) => value.blob)
  for (const name of Object.keys(inputs)) {
    if (names.includes(name)) continue
    const hint = nearest(name, names) ?? (names.length === 1 ? names[0] : undefined)
    throw new PrelabError("no such input", name, hint ? { hint: `did you mean "${hint}"?` } : {})
  }
  const shapes = new Map<Value, Shape>()
  const calls = new Map<Layer, { type: AnyLayerType; call: Call<unknown> }>()
  const problems = new Map<Layer, PrelabError>()
  for (const layer of net.layers) {
    const blocked = layer.bottoms.find((bottom) => !shapes.has(bottom))
    if (blocked) {
      problems.set(layer, problems.get(net.producer(blocked))!)
      continue
    }
    try {
      const type = layerTypeOf(layer)
      const call = callOf(
        net,
        layer,
        type,
        layer.bottoms.map((bottom) => shapes.get(bottom)!),
        inputs,
      )
      calls.set(layer, { type, call })
      layer.tops.forEach((top, i) => {
        shapes.set(top, call.tops[i]!)
      })
      const wrong =
        type.refusalAt?.(call) ?? (weights === "checked" ? blobProblem(layer, type, call) : undefined)
      if (wrong) problems.set(layer, wrong)
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      problems.set(layer, inLayer(error, layer))
    }
  }
  return { net, shapes, calls, problems }
}

function callOf(
  net: Net,
  layer: Layer,
  type: AnyLayerType,
  bottoms: Shape[],
  inputs: InputShapes,
): Call<unknown> {
  checkBottoms(layer)
  const params = type.parse(layer.message, layer)
  const phase = (layer.message.phase as Phase | undefined) ?? net.state.phase
  const half = { layer, params, phase, bottoms, blobs: layer.blobs }
  // A blob may be called "constructor".
  const given = ({ blob }: Value) => (Object.hasOwn(inputs, blob) ? inputs[blob] : undefined)
  const all = layer.type === "Input" && layer.tops.every(given)
  const tops = all ? layer.tops.map((top) => given(top)!) : type.shape(half)
  if (layer.type === "Input" && !all)
    tops.splice(0, tops.length, ...layer.tops.map((top, i) => given(top) ?? tops[i]!))
  checkTops(layer, tops.length)
  const bad = tops.find((top) => top.some((extent) => extent < 0) || count(top) > 2 ** 31 - 1)
  if (bad)
    throw new PrelabError(
      bad.some((extent) => extent < 0) ? "negative blob dimension" : "blob larger than Caffe allows",
      formatShape(bad),
    )
  return { ...half, tops }
}

/** Blob count and shapes against Caffe's own: "Incompatible number of blobs", "shape mismatch". */
function blobProblem(layer: Layer, type: AnyLayerType, call: Call<unknown>): PrelabError | undefined {
  const expected = type.blobShapes?.(call) ?? []
  if (layer.blobs.length === 0 && expected.length > 0)
    return new MissingWeights("no weights loaded", `layer ${layer.name}`)
  if (layer.blobs.length !== expected.length) {
    return new PrelabError(
      "wrong number of blobs",
      `${layer.blobs.length} in layer ${layer.name}, ${layer.type} has ${expected.length}`,
    )
  }
  const wrong = expected.findIndex((shape, i) => !sameShape(shape, layer.blobs[i]!.shape))
  if (wrong < 0) return undefined
  const [have, want] = [layer.blobs[wrong] as Blob, expected[wrong]!]
  return new PrelabError(
    "shape mismatch",
    `blob ${wrong} of layer ${layer.name} is ${formatShape(have.shape)}, the net needs ${formatShape(want)}`,
    sharedSlope(layer, have.shape, want),
  )
}

/** The unanswered error of the PReLU threads: "Source param shape is (1); target param shape is 32 (32)". */
function sharedSlope(layer: Layer, have: Shape, want: Shape): { hint: string } | undefined {
  if (layer.type !== "PReLU") return undefined
  if (have.length === 0)
    return { hint: `the file holds one slope for all channels: set prelu_param { channel_shared: true }` }
  if (want.length === 0) return { hint: `the file holds ${formatShape(have)} slopes: remove channel_shared` }
  return undefined
}
