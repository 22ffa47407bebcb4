import type { NetCalls } from "../layers/index.js"
import type { Layer } from "../net/index.js"
import { isPositiveFactor, isStepType, type Step, stepOf } from "./affine-step.js"
import type { Condition } from "./certificate.js"
import { isLinear } from "./linear-layer.js"

/**
 * Layers one after the other: at most one linear layer, constant per-channel steps, and ReLU or PReLU layers. A step that an activation
 * separates from the linear layer only multiplies, so that it may be moved past.
 */
export interface FoldForm {
  readonly linear?: Layer
  readonly before: readonly Step[]
  readonly after: readonly Step[]
  readonly activationsBefore: readonly Layer[]
  readonly activationsAfter: readonly Layer[]
  readonly conditions: readonly Condition[]
}

/** @returns undefined where the layers have another form */
export function formOf(calls: NetCalls, layers: readonly Layer[]): FoldForm | undefined {
  if (!isChain(layers)) return undefined
  const at = layers.findIndex(isLinear)
  const linear = at < 0 ? undefined : layers[at]
  const head = at < 0 ? layers : layers.slice(0, at)
  const tail = at < 0 ? [] : layers.slice(at + 1)
  if ([...head, ...tail].some((layer) => !isStepType(layer) && !isActivation(layer))) return undefined
  const lastBefore = head.findLastIndex(isActivation)
  const firstAfter = tail.findIndex(isActivation)
  const conditions: Condition[] = []
  const steps = (list: readonly Layer[], isMoved: (i: number) => boolean) =>
    list.flatMap((layer, i): Step[] => {
      if (isActivation(layer)) return []
      const step = stepOf(calls, layer)
      if (isMoved(i)) {
        const condition = `${layer.name} passes the activation: its factors are 0 or more and it adds nothing`
        conditions.push({ condition, holds: isPositiveFactor(step) })
      }
      return [step]
    })
  return {
    ...(linear ? { linear } : {}),
    before: steps(head, (i) => i < lastBefore),
    after: steps(tail, (i) => firstAfter >= 0 && i > firstAfter),
    activationsBefore: head.filter(isActivation),
    activationsAfter: tail.filter(isActivation),
    conditions,
  }
}

/** Activations that bend at 0: f(c x) = c f(x) for c >= 0. */
export function isActivation({ type }: Layer): boolean {
  return type === "ReLU" || type === "PReLU"
}

function isChain(layers: readonly Layer[]): boolean {
  return layers.every(
    ({ bottoms, tops }, i) =>
      bottoms.length === 1 && tops.length === 1 && (i === 0 || bottoms[0] === layers[i - 1]!.tops[0]),
  )
}
