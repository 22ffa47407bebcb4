import type { LayerKind } from "../net-explorer-state.js"

const types: Readonly<Record<Exclude<LayerKind, "other">, readonly string[]>> = {
  input: [
    "Input",
    "Data",
    "ImageData",
    "DummyData",
    "HDF5Data",
    "MemoryData",
    "WindowData",
    "AnnotatedData",
    "Parameter",
  ],
  linear: [
    "Convolution",
    "ConvolutionDepthwise",
    "DepthwiseConvolution",
    "Deconvolution",
    "InnerProduct",
    "Embed",
    "MatMul",
    "LSTM",
    "LSTMUnit",
    "RNN",
    "Recurrent",
  ],
  norm: ["BatchNorm", "BN", "Scale", "Bias", "LRN", "MVN", "Normalize", "Affine", "Axpy"],
  activation: [
    "ReLU",
    "PReLU",
    "ReLU6",
    "ELU",
    "Sigmoid",
    "TanH",
    "Swish",
    "BNLL",
    "AbsVal",
    "Power",
    "Exp",
    "Log",
    "Clip",
    "Threshold",
    "Square",
    "Dropout",
  ],
  pooling: ["Pooling", "SPP", "Upsample", "Interp", "Im2col", "Reduction"],
  join: ["Eltwise", "Concat", "Split", "Slice", "Crop"],
  shape: ["Reshape", "Flatten", "Permute", "Tile", "ShuffleChannel", "BatchReindex"],
  output: [
    "Softmax",
    "SoftmaxWithLoss",
    "SigmoidCrossEntropyLoss",
    "EuclideanLoss",
    "HingeLoss",
    "ContrastiveLoss",
    "InfogainLoss",
    "MultinomialLogisticLoss",
    "Accuracy",
    "ArgMax",
    "DetectionOutput",
    "PriorBox",
    "Silence",
  ],
}

const kinds = new Map(
  Object.entries(types).flatMap(([kind, names]) => names.map((name) => [name, kind as LayerKind] as const)),
)

/** What a layer is there for, roughly: boxes are coloured and marked by it. */
export function layerKind(type: string): LayerKind {
  return kinds.get(type) ?? "other"
}

const words: Readonly<Record<LayerKind, readonly [sign: string, word: string]>> = {
  input: ["▷", "input"],
  linear: ["×", "weights"],
  norm: ["σ", "normalization"],
  activation: ["ƒ", "activation"],
  pooling: ["▽", "pooling"],
  join: ["+", "joins and splits"],
  shape: ["▭", "shape"],
  output: ["◎", "output"],
  other: ["·", "other"],
}

/** The kinds that some types are of, each with its sign and word. */
export function kindLegend(types: readonly string[]): [LayerKind, string, string][] {
  const found = new Set(types.map(layerKind))
  return Object.entries(words)
    .filter(([kind]) => found.has(kind as LayerKind))
    .map(([kind, [sign, word]]) => [kind as LayerKind, sign, word])
}
