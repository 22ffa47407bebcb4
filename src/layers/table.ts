import { type Layer, nearest } from "../net/index.js"
import { absVal } from "./abs-val.js"
import { accuracy } from "./accuracy.js"
import { argMax } from "./arg-max.js"
import { batchNorm } from "./batch-norm.js"
import { batchReindex } from "./batch-reindex.js"
import { bias } from "./bias.js"
import { bnll } from "./bnll.js"
import { clip } from "./clip.js"
import { concat } from "./concat.js"
import { contrastiveLoss } from "./contrastive-loss.js"
import { convolution } from "./convolution.js"
import { crop } from "./crop.js"
import { deconvolution } from "./deconvolution.js"
import { convolutionDepthwise, depthwiseConvolution } from "./depthwise-convolution.js"
import { dropout } from "./dropout.js"
import { dummyData } from "./dummy-data.js"
import { eltwise } from "./eltwise.js"
import { elu } from "./elu.js"
import { embed } from "./embed.js"
import { euclideanLoss } from "./euclidean-loss.js"
import { exp } from "./exp.js"
import { flatten } from "./flatten.js"
import { hingeLoss } from "./hinge-loss.js"
import { im2colLayer } from "./im2col-layer.js"
import { infogainLoss } from "./infogain-loss.js"
import { innerProduct } from "./inner-product.js"
import { input } from "./input.js"
import type { AnyLayerType } from "./layer-type.js"
import { log } from "./log.js"
import { lrn } from "./lrn.js"
import { multinomialLogisticLoss } from "./multinomial-logistic-loss.js"
import { mvn } from "./mvn.js"
import { parameter } from "./parameter.js"
import { pooling } from "./pooling.js"
import { power } from "./power.js"
import { prelu } from "./prelu.js"
import { UnsupportedLayer } from "./problems.js"
import { reduction } from "./reduction.js"
import { relu } from "./relu.js"
import { reshape } from "./reshape.js"
import { scale } from "./scale.js"
import { sigmoid } from "./sigmoid.js"
import { sigmoidCrossEntropyLoss } from "./sigmoid-cross-entropy-loss.js"
import { silence } from "./silence.js"
import { slice } from "./slice.js"
import { softmax } from "./softmax.js"
import { softmaxWithLoss } from "./softmax-with-loss.js"
import { split } from "./split.js"
import { spp } from "./spp.js"
import { swish } from "./swish.js"
import { tanH } from "./tan-h.js"
import { threshold } from "./threshold.js"
import { tile } from "./tile.js"

/** Every layer type prelab runs. To add one: write its file, add it here. */
const layerTypes: readonly AnyLayerType[] = [
  absVal,
  accuracy,
  argMax,
  batchNorm,
  batchReindex,
  bias,
  bnll,
  clip,
  concat,
  contrastiveLoss,
  convolution,
  convolutionDepthwise,
  crop,
  deconvolution,
  depthwiseConvolution,
  dropout,
  dummyData,
  eltwise,
  elu,
  embed,
  euclideanLoss,
  exp,
  flatten,
  hingeLoss,
  im2colLayer,
  infogainLoss,
  innerProduct,
  input,
  log,
  lrn,
  multinomialLogisticLoss,
  mvn,
  parameter,
  pooling,
  power,
  prelu,
  reduction,
  relu,
  reshape,
  scale,
  sigmoid,
  sigmoidCrossEntropyLoss,
  silence,
  slice,
  softmax,
  softmaxWithLoss,
  split,
  spp,
  swish,
  tanH,
  threshold,
  tile,
]

const byName = new Map(layerTypes.map((type) => [type.type, type]))

export function isSupported(type: string): boolean {
  return byName.has(type)
}

export function supportedTypes(): string[] {
  return [...byName.keys()]
}

/** @throws UnsupportedLayer naming the layer, its type and the nearest supported type. */
export function layerTypeOf(layer: Layer): AnyLayerType {
  const type = byName.get(layer.type)
  if (type) return type
  const hint = nearest(layer.type, byName.keys())
  throw new UnsupportedLayer(
    "unsupported layer type",
    `${layer.type} in layer ${layer.name}`,
    hint ? { hint: `did you mean "${hint}"?` } : {},
  )
}
