import { PrelabError } from "../error.js"
import type { Layer } from "../net/index.js"

/** How many bottoms a type takes where it is not exactly one: least and most, as Caffe's layer headers state them. */
const counts: Readonly<Record<string, readonly [least: number, most: number]>> = {
  Accuracy: [2, 2],
  Axpy: [3, 3],
  BatchReindex: [2, 2],
  Bias: [1, 2],
  Concat: [1, Number.POSITIVE_INFINITY],
  ContrastiveLoss: [3, 3],
  Convolution: [1, Number.POSITIVE_INFINITY],
  Crop: [2, 2],
  Deconvolution: [1, Number.POSITIVE_INFINITY],
  DetectionOutput: [3, 5],
  DummyData: [0, 0],
  Eltwise: [2, Number.POSITIVE_INFINITY],
  EuclideanLoss: [2, 2],
  HingeLoss: [2, 2],
  InfogainLoss: [2, 3],
  Input: [0, 0],
  Interp: [1, 2],
  LSTM: [2, 5],
  LSTMUnit: [3, 3],
  MultinomialLogisticLoss: [2, 2],
  Parameter: [0, 0],
  PriorBox: [2, 2],
  Python: [0, Number.POSITIVE_INFINITY],
  RNN: [2, 4],
  Scale: [1, 2],
  SigmoidCrossEntropyLoss: [2, 2],
  Silence: [1, Number.POSITIVE_INFINITY],
  SoftmaxWithLoss: [2, 2],
  Upsample: [1, 2],
}

/** @throws PrelabError when a layer has more or fewer bottoms than its type takes (Layer::CheckBlobCounts). */
export function checkBottoms({ type, bottoms }: Layer): void {
  const [least, most] = (Object.hasOwn(counts, type) ? counts[type] : undefined) ?? [1, 1]
  if (bottoms.length >= least && bottoms.length <= most) return
  const wanted =
    least === most ? least : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`
  throw new PrelabError("wrong number of bottoms", `${bottoms.length}, ${type} has ${wanted}`)
}
