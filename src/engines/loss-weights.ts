import { PrelabError } from "../error.js"
import type { Layer } from "../net/index.js"

/**
 * What each top's values count in the loss: `loss_weight`, once per top; unless it is given, the first top of
 * a layer whose type ends in "Loss" counts 1, and nothing else counts (loss_layer.cpp; layer.hpp,
 * SetLossWeights).
 *
 * @param tops how many tops the layer has, a loss's automatic one included
 * @throws PrelabError when there is another number of weights
 */
export function lossWeights({ name, type, message }: Layer, tops: number): number[] {
  const given = ((message.loss_weight as readonly number[] | undefined) ?? []).map(Math.fround)
  if (given.length > 0 && given.length !== tops)
    throw new PrelabError("one loss_weight per top", `${given.length} for ${tops} in layer ${name}`)
  if (given.length > 0) return given
  return Array.from({ length: tops }, (_, top) => (top === 0 && type.endsWith("Loss") ? 1 : 0))
}
