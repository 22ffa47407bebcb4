import { type Layer, nearest } from "../net/index.js"
import { absVal } from "./abs-val.js"
import { accuracy } from "./accuracy.js"
import { argMax } from "./arg-max.js"
import { axpy } from "./axpy.js"
import { batchNorm } from "./batch-norm.js"
import { batchReindex } from "./batch-reindex.js"
import { bias } from "./bias.js"
import { bn } from "./bn.js"
import { bnll } from "./bnll.js"
import { clip } from "./clip.js"
import { concat } from "./concat.js"
import { contrastiveLoss } from "./contrastive-loss.js"
import { convolution } from "./convolution.js"
import { crop } from "./crop.js"
import { deconvolution } from "./deconvolution.js"
import { convolutionDepthwise, depthwiseConvolution } from "./depthwise-convolution.js"
import { detectionOutput } from "./detection-output.js"
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
import { interp } from "./interp.js"
import type { AnyLayerType } from "./layer-type.js"
import { log } from "./log.js"
import { lrn } from "./lrn.js"
import { lstm } from "./lstm.js"
import { lstmUnit } from "./lstm-unit.js"
import { multinomialLogisticLoss } from "./multinomial-logistic-loss.js"
import { mvn } from "./mvn.js"
import { normalize } from "./normalize.js"
import { notRun } from "./not-run.js"
import { parameter } from "./parameter.js"
import { permute } from "./permute.js"
import { pooling } from "./pooling.js"
import { power } from "./power.js"
import { prelu } from "./prelu.js"
import { priorBox } from "./prior-box.js"
import { UnsupportedLayer } from "./problems.js"
import { python } from "./python.js"
import { reduction } from "./reduction.js"
import { relu } from "./relu.js"
import { relu6 } from "./relu6.js"
import { reshape } from "./reshape.js"
import { rnn } from "./rnn.js"
import { scale } from "./scale.js"
import { shuffleChannel } from "./shuffle-channel.js"
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
import { upsample } from "./upsample.js"

/** Every layer type prelab runs. To add one: write its file, add it here. */
const layerTypes: readonly AnyLayerType[] = [
  absVal,
  accuracy,
  argMax,
  axpy,
  batchNorm,
  batchReindex,
  bias,
  bn,
  bnll,
  clip,
  concat,
  contrastiveLoss,
  convolution,
  convolutionDepthwise,
  crop,
  deconvolution,
  depthwiseConvolution,
  detectionOutput,
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
  interp,
  log,
  lrn,
  lstm,
  lstmUnit,
  multinomialLogisticLoss,
  mvn,
  normalize,
  parameter,
  permute,
  pooling,
  power,
  prelu,
  priorBox,
  python,
  reduction,
  relu,
  relu6,
  reshape,
  rnn,
  scale,
  shuffleChannel,
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
  upsample,
]

const byName = new Map(layerTypes.map((type) => [type.type, type]))

export function isSupported(type: string): boolean {
  return byName.has(type)
}

export function supportedTypes(): string[] {
  return [...byName.keys()]
}

/** Why a layer cannot run, naming it, its type and the nearest supported type; undefined where it can. */
export function refusalOf(layer: Layer): UnsupportedLayer | undefined {
  const type = byName.get(layer.type)
  if (type) return type.refusal?.(layer)
  const known = notRun(layer)
  if (known) return known
  const hint = nearest(layer.type, byName.keys())
  return new UnsupportedLayer(
    "unsupported layer type",
    `${layer.type} in layer ${layer.name}`,
    hint ? { hint: `did you mean "${hint}"?` } : {},
  )
}

/** @throws UnsupportedLayer, the layer's refusal. */
export function layerTypeOf(layer: Layer): AnyLayerType {
  const refusal = refusalOf(layer)
  if (refusal) throw refusal
  return byName.get(layer.type)!
}
