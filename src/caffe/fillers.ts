import type { Layer, Message } from "../net/index.js"

/** Where a layer type states how its blobs begin, blob by blob; `value` is what Caffe takes where nothing is stated. */
interface Initial {
  readonly field?: string
  readonly value?: number
}

/** FillerParameter's defaults: the constant 0, for weights too. The warning that comes with it says so. */
const weights: readonly Initial[] = [
  { field: "weight_filler", value: 0 },
  { field: "bias_filler", value: 0 },
]

const initials: Readonly<Record<string, { readonly section?: string; readonly blobs: readonly Initial[] }>> =
  {
    BatchNorm: { blobs: [{ value: 0 }, { value: 0 }, { value: 0 }] },
    Bias: { section: "bias_param", blobs: [{ field: "filler", value: 0 }] },
    Convolution: { section: "convolution_param", blobs: weights },
    Deconvolution: { section: "convolution_param", blobs: weights },
    Embed: { section: "embed_param", blobs: weights },
    InnerProduct: { section: "inner_product_param", blobs: weights },
    PReLU: { section: "prelu_param", blobs: [{ field: "filler", value: 0.25 }] },
    Parameter: { blobs: [{ value: 0 }] },
    Scale: {
      section: "scale_param",
      blobs: [
        { field: "filler", value: 1 },
        { field: "bias_filler", value: 0 },
      ],
    },
  }

/**
 * The FillerParameter of a parameter blob, stated or by default. Undefined where the layer type is unknown, or its blobs have none.
 */
export function fillerOf(layer: Layer, blob: number): Message | undefined {
  const { section, blobs } = Object.hasOwn(initials, layer.type) ? initials[layer.type]! : { blobs: [] }
  // A Scale by a second bottom holds its bias alone.
  const initial = blobs[layer.type === "Scale" && layer.bottoms.length === 2 ? blob + 1 : blob]
  const param = section === undefined ? undefined : (layer.message[section] as Message | undefined)
  const filler = initial?.field === undefined ? undefined : (param?.[initial.field] as Message | undefined)
  if (filler !== undefined) return { type: "constant", ...filler }
  return initial?.value === undefined ? undefined : { type: "constant", value: initial.value }
}

/**
 * The one value that every element of a parameter blob has before training: its constant filler's, stated or by default.
 * Undefined where the filler draws random numbers, and where the layer type is unknown.
 */
export function constantOf(layer: Layer, blob: number): number | undefined {
  const filler = fillerOf(layer, blob)
  return filler?.type === "constant" ? Number(filler.value ?? 0) : undefined
}
