import type { Message } from "../../net/index.js"
import { repeated } from "./file-layer.js"

/** V1's enum values and the type names of the current format. */
const types: Readonly<Record<string, string>> = {
  NONE: "",
  ABSVAL: "AbsVal",
  ACCURACY: "Accuracy",
  ARGMAX: "ArgMax",
  BNLL: "BNLL",
  CONCAT: "Concat",
  CONTRASTIVE_LOSS: "ContrastiveLoss",
  CONVOLUTION: "Convolution",
  DATA: "Data",
  DECONVOLUTION: "Deconvolution",
  DROPOUT: "Dropout",
  DUMMY_DATA: "DummyData",
  ELTWISE: "Eltwise",
  EUCLIDEAN_LOSS: "EuclideanLoss",
  EXP: "Exp",
  FLATTEN: "Flatten",
  HDF5_DATA: "HDF5Data",
  HDF5_OUTPUT: "HDF5Output",
  HINGE_LOSS: "HingeLoss",
  IM2COL: "Im2col",
  IMAGE_DATA: "ImageData",
  INFOGAIN_LOSS: "InfogainLoss",
  INNER_PRODUCT: "InnerProduct",
  LRN: "LRN",
  MEMORY_DATA: "MemoryData",
  MULTINOMIAL_LOGISTIC_LOSS: "MultinomialLogisticLoss",
  MVN: "MVN",
  POOLING: "Pooling",
  POWER: "Power",
  RELU: "ReLU",
  SIGMOID: "Sigmoid",
  SIGMOID_CROSS_ENTROPY_LOSS: "SigmoidCrossEntropyLoss",
  SILENCE: "Silence",
  SLICE: "Slice",
  SOFTMAX: "Softmax",
  SOFTMAX_LOSS: "SoftmaxWithLoss",
  SPLIT: "Split",
  TANH: "TanH",
  THRESHOLD: "Threshold",
  WINDOW_DATA: "WindowData",
}

/** V1's four lists beside the blobs, and the ParamSpec field that each became. */
const specs = {
  param: "name",
  blob_share_mode: "share_mode",
  blobs_lr: "lr_mult",
  weight_decay: "decay_mult",
} as const

/**
 * `layers { type: CONVOLUTION blobs_lr: 1 … }` as `layer { type: "Convolution" param { lr_mult: 1 } … }` (upgrade_proto.cpp,
 * UpgradeV1LayerParameter). Every other field has its name in both formats; a fork's fields stay.
 */
export function upgradeV1Layer(layer: Message): Message {
  const params: Record<string, unknown>[] = []
  for (const [list, field] of Object.entries(specs)) {
    repeated(layer, list).forEach((value, i) => {
      while (params.length <= i) params.push({})
      params[i]![field] = value
    })
  }
  const rest = Object.entries(layer).filter(([field]) => !Object.hasOwn(specs, field))
  return {
    ...Object.fromEntries(rest),
    ...(layer.type === undefined ? {} : { type: types[String(layer.type)] }),
    ...(params.length > 0 ? { param: params } : {}),
  }
}
