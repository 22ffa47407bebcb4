import { PrelabError } from "../../error.js"
import { type Message, nearest } from "../../net/index.js"

/** V0 type names and the V1 enum values they became. */
const types: Readonly<Record<string, string>> = {
  accuracy: "ACCURACY",
  bnll: "BNLL",
  concat: "CONCAT",
  conv: "CONVOLUTION",
  data: "DATA",
  dropout: "DROPOUT",
  euclidean_loss: "EUCLIDEAN_LOSS",
  flatten: "FLATTEN",
  hdf5_data: "HDF5_DATA",
  hdf5_output: "HDF5_OUTPUT",
  im2col: "IM2COL",
  images: "IMAGE_DATA",
  infogain_loss: "INFOGAIN_LOSS",
  innerproduct: "INNER_PRODUCT",
  lrn: "LRN",
  multinomial_logistic_loss: "MULTINOMIAL_LOGISTIC_LOSS",
  pool: "POOLING",
  relu: "RELU",
  sigmoid: "SIGMOID",
  softmax: "SOFTMAX",
  softmax_loss: "SOFTMAX_LOSS",
  split: "SPLIT",
  tanh: "TANH",
  window_data: "WINDOW_DATA",
}

/** The V1 message that holds a V0 type's own parameters. */
const sections: Readonly<Record<string, string>> = {
  concat: "concat_param",
  conv: "convolution_param",
  data: "data_param",
  dropout: "dropout_param",
  hdf5_data: "hdf5_data_param",
  hdf5_output: "hdf5_output_param",
  images: "image_data_param",
  infogain_loss: "infogain_loss_param",
  innerproduct: "inner_product_param",
  lrn: "lrn_param",
  pool: "pooling_param",
  window_data: "window_data_param",
}

/** Where a V0 field went: its new name and the types that have it. */
interface Move {
  readonly to: string
  readonly types: readonly string[]
  /** Convolution's windows became one value per axis. */
  readonly repeatedIn?: "conv"
}

const moves: Readonly<Record<string, Move>> = {
  num_output: { to: "num_output", types: ["conv", "innerproduct"] },
  biasterm: { to: "bias_term", types: ["conv", "innerproduct"] },
  weight_filler: { to: "weight_filler", types: ["conv", "innerproduct"] },
  bias_filler: { to: "bias_filler", types: ["conv", "innerproduct"] },
  pad: { to: "pad", types: ["conv", "pool"], repeatedIn: "conv" },
  kernelsize: { to: "kernel_size", types: ["conv", "pool"], repeatedIn: "conv" },
  group: { to: "group", types: ["conv"] },
  stride: { to: "stride", types: ["conv", "pool"], repeatedIn: "conv" },
  pool: { to: "pool", types: ["pool"] },
  dropout_ratio: { to: "dropout_ratio", types: ["dropout"] },
  local_size: { to: "local_size", types: ["lrn"] },
  alpha: { to: "alpha", types: ["lrn"] },
  beta: { to: "beta", types: ["lrn"] },
  k: { to: "k", types: ["lrn"] },
  source: { to: "source", types: ["data", "hdf5_data", "images", "window_data", "infogain_loss"] },
  batchsize: { to: "batch_size", types: ["data", "hdf5_data", "images", "window_data"] },
  rand_skip: { to: "rand_skip", types: ["data", "images"] },
  shuffle_images: { to: "shuffle", types: ["images"] },
  new_height: { to: "new_height", types: ["images"] },
  new_width: { to: "new_width", types: ["images"] },
  concat_dim: { to: "concat_dim", types: ["concat"] },
  det_fg_threshold: { to: "fg_threshold", types: ["window_data"] },
  det_bg_threshold: { to: "bg_threshold", types: ["window_data"] },
  det_fg_fraction: { to: "fg_fraction", types: ["window_data"] },
  det_context_pad: { to: "context_pad", types: ["window_data"] },
  det_crop_mode: { to: "crop_mode", types: ["window_data"] },
}

/** Fields that any type's transform_param took over. */
const transforms: Readonly<Record<string, string>> = {
  scale: "scale",
  meanfile: "mean_file",
  cropsize: "crop_size",
  mirror: "mirror",
}

/** Fields that keep their place beside the type. */
const same = new Set(["name", "blobs", "blobs_lr", "weight_decay"])

/**
 * `layers { layer { name type: "conv" … } bottom top }` as `layers { name type: CONVOLUTION convolution_param { … } … }`
 * (upgrade_proto.cpp, UpgradeV0LayerParameter). A parameter that the type never had is dropped as Caffe does, with a warning.
 *
 * @throws PrelabError when the type is none of V0's
 */
export function upgradeV0Layer(connection: Message, warn: (warning: string) => void): Message {
  const v0 = (connection.layer as Message | undefined) ?? {}
  const { bottom, top } = connection
  const type = String(v0.type ?? "")
  if (!Object.hasOwn(types, type)) throw unknownType(type, v0)
  const v1: Record<string, unknown> = {}
  const section: Record<string, unknown> = {}
  const transform: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(v0)) {
    const move = Object.hasOwn(moves, field) ? moves[field] : undefined
    if (field === "type") continue
    if (same.has(field)) v1[field] = value
    else if (Object.hasOwn(transforms, field)) transform[transforms[field]!] = value
    else if (move?.types.includes(type)) section[move.to] = move.repeatedIn === type ? [value] : value
    else if (field === "hdf5_output_param" && type === "hdf5_output") Object.assign(section, value)
    else warn(`${field} dropped: V0 layer ${v0.name ?? ""} (${type}) has no such parameter`)
  }
  return {
    ...v1,
    type: types[type],
    ...(bottom ? { bottom } : {}),
    ...(top ? { top } : {}),
    ...(Object.keys(section).length > 0 ? { [sections[type]!]: section } : {}),
    ...(Object.keys(transform).length > 0 ? { transform_param: transform } : {}),
  }
}

function unknownType(type: string, { name = "" }: Message): PrelabError {
  const hint = nearest(type, Object.keys(types))
  return new PrelabError(
    "unknown V0 layer type",
    `${type || "(none)"} in layer ${name}`,
    hint ? { hint: `did you mean "${hint}"?` } : {},
  )
}
