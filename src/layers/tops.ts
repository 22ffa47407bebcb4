import { PrelabError } from "../error.js"
import type { Layer } from "../net/index.js"

/** Losses may have no top: Caffe adds one that nothing can read (loss_layer.hpp, AutoTopBlobs). Many old prototxts rely on it. */
const automatic: ReadonlySet<string> = new Set([
  "ContrastiveLoss",
  "EuclideanLoss",
  "HingeLoss",
  "InfogainLoss",
  "MultinomialLogisticLoss",
  "SigmoidCrossEntropyLoss",
  "SoftmaxWithLoss",
])

/** @throws PrelabError when a layer has another number of tops than its shape rule made (Layer::CheckBlobCounts). */
export function checkTops(layer: Layer, made: number): void {
  const { type, tops } = layer
  if (tops.length === 0 && automatic.has(type)) return
  // Types that make as many as they are asked for make one at least.
  const least = type === "Silence" ? 0 : 1
  checkTopRange(layer, Math.max(made, least), made)
}

/** The same for types that may make fewer than they could. */
export function checkTopRange({ type, tops }: Layer, least: number, most: number): void {
  if (tops.length >= least && tops.length <= most) return
  const wanted = least >= most ? least : `${least} to ${most}`
  throw new PrelabError("wrong number of tops", `${tops.length}, ${type} makes ${wanted}`)
}
