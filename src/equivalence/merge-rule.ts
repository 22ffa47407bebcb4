import type { NetCalls } from "../layers/index.js"
import type { Layer } from "../net/index.js"
import { type Owner, placed, readOnce, type Step, stepOf, typesOf } from "./affine-step.js"
import { compareParameters, type Derivation, type Derived, slackOf } from "./derivation.js"
import type { FoldForm } from "./fold-form.js"

/**
 * Derives the numbers of one Scale or Bias from the steps that it stands for, channel by channel: their factors, and what they make of 0.
 *
 * @returns undefined when the layers do not have this form
 */
export function deriveMerged(
  a: NetCalls,
  layers: readonly Layer[],
  { before, activationsBefore }: FoldForm,
  b: NetCalls,
  [layer, ...more]: readonly Layer[],
): Derivation | undefined {
  if (!layer || more.length > 0 || activationsBefore.length > 0 || layer.bottoms.length > 1) return undefined
  if (layer.type !== "Scale" && layer.type !== "Bias") return undefined
  const into = stepOf(b, layer)
  const channels = layer.blobs[0]!.data.length
  // Channels of one number each on the same axis, or one number for all.
  const ownerOf = ({ axis, factor, bias, mean }: Step): Owner | undefined => {
    if (axis === undefined) return () => 0
    const has = Math.max(factor.length, bias.length, mean.length)
    return axis === into.axis && has === channels ? (c) => c : undefined
  }
  const { steps, conditions: own } = placed(before, ownerOf)
  const conditions = [...readOnce(a, layers), ...own, into.own]
  const rule = `merge ${typesOf(before)} into one ${layer.type}`
  if (conditions.some(({ holds }) => !holds)) return { rule, layer, conditions, parameters: 0, roundings: 0 }
  const value = (c: number) => steps.value(0, c)
  const slack = (c: number) => slackOf(steps.size(0, c), 1)
  const added: Derived = { layer, blob: layer.type === "Bias" ? 0 : 1, length: channels, value, slack }
  const factors: Derived = {
    layer,
    blob: 0,
    length: channels,
    value: (c) => steps.factor(c),
    slack: () => 0,
  }
  if (layer.type === "Scale") return { rule, layer, conditions, ...compareParameters([factors, added]) }
  const plain = { condition: `the steps multiply by 1`, holds: true }
  for (let c = 0; c < channels; c++) if (steps.factor(c) !== 1) return undefined
  return { rule, layer, conditions: [...conditions, plain], ...compareParameters([added]) }
}
