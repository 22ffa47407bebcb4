import { PrelabError } from "../error.js"
import type { AnyLayerType, NetCalls } from "../layers/index.js"
import type { Layer, Value } from "../net/index.js"
import { lossWeights } from "./loss-weights.js"
import { paramSpec } from "./parameters.js"

/** What the backward pass of one layer is to compute. */
export interface Propagation {
  readonly propagateDown: readonly boolean[]
  readonly paramPropagateDown: readonly boolean[]
}

export interface PropagationOptions {
  /** Diffs of the net's inputs too, where a layer can give them; labels and indices get none. */
  readonly inputDiffs?: boolean
}

/**
 * The layers that the backward pass runs through, each with what it computes, as Net::Init decides: what
 * leads from a parameter that learns to a loss, unless `propagate_down` says otherwise. `force_backward` asks
 * for all there is.
 *
 * @throws PrelabError where a diff would have to go through a layer that has no backward pass, or into its
 * labels
 */
export function propagationOf(
  { net, calls }: NetCalls,
  { inputDiffs = false }: PropagationOptions = {},
): Map<Layer, Propagation> {
  const force = net.message.force_backward === true
  const learns = new Set<Value>()
  const wished = new Set<Value>(force || inputDiffs ? net.inputs : [])
  const plans = new Map<Layer, Propagation>()
  for (const layer of net.layers) {
    const known = calls.get(layer)
    if (known === undefined || layer.type === "Input") continue
    const { type } = known
    const asked = propagateDownOf(layer)
    const learning = layer.blobs.map(
      (_, i) => !isStatistics(layer, i) && (force || paramSpec(layer, i).lr_mult !== 0),
    )
    // As AllowForceBackward has it, wishes stop at labels; what must be propagated there is an error, below.
    const possible = layer.bottoms.map(
      (bottom, i) =>
        (wished.has(bottom) || (force && learns.has(bottom))) &&
        (force || asked?.[i] !== false) &&
        type.backward !== undefined &&
        !isData(type, i),
    )
    const propagateDown = layer.bottoms.map((bottom, i) => (asked?.[i] ?? learns.has(bottom)) || possible[i]!)
    if (learning.includes(true) || layer.bottoms.some((bottom) => learns.has(bottom)))
      for (const top of layer.tops) learns.add(top)
    if (possible.includes(true)) for (const top of layer.tops) wished.add(top)
    plans.set(layer, { propagateDown, paramPropagateDown: learning })
  }
  return underLoss({ net, calls }, plans)
}

/**
 * Leaves out what no loss depends on, what nothing is propagated down to, and what has nothing to compute.
 */
function underLoss(
  { net, calls }: Pick<NetCalls, "net" | "calls">,
  plans: ReadonlyMap<Layer, Propagation>,
): Map<Layer, Propagation> {
  const reached = new Set<Value>()
  const running = new Map<Layer, Propagation>()
  for (const layer of [...net.layers].reverse()) {
    const plan = plans.get(layer)
    const known = calls.get(layer)
    if (plan === undefined || known === undefined) continue
    const { type, call } = known
    const isLoss = lossWeights(layer, call.tops.length).some((weight) => weight !== 0)
    if (!isLoss && !layer.tops.some((top) => reached.has(top))) continue
    if (![...plan.propagateDown, ...plan.paramPropagateDown].includes(true)) continue
    check(layer, type, plan)
    running.set(layer, plan)
    layer.bottoms.forEach((bottom, i) => {
      if (plan.propagateDown[i]) reached.add(bottom)
    })
  }
  return running
}

/** `propagate_down`, one a bottom. @throws PrelabError for another number */
function propagateDownOf({ name, message, bottoms }: Layer): readonly boolean[] | undefined {
  const given = (message.propagate_down as readonly boolean[] | undefined) ?? []
  if (given.length === 0) return undefined
  if (given.length !== bottoms.length)
    throw new PrelabError(
      "one propagate_down per bottom",
      `${given.length} for ${bottoms.length} in layer ${name}`,
    )
  return given
}

function isData(type: AnyLayerType, bottom: number): boolean {
  return type.dataOnly?.[bottom] !== undefined
}

/**
 * BatchNorm's running averages are blobs that nothing is propagated to (batch_norm_layer.cpp sets their
 * lr_mult to 0).
 */
function isStatistics({ type }: Layer, blob: number): boolean {
  return type === "BatchNorm" && blob < 3
}

function check(layer: Layer, type: AnyLayerType, { propagateDown }: Propagation): void {
  if (type.backward === undefined)
    throw new PrelabError("layer has no backward pass", `${layer.type} in layer ${layer.name}`, {
      hint: "propagate_down: false for its bottoms leaves it out",
    })
  const data = propagateDown.findIndex((wanted, i) => wanted && isData(type, i))
  if (data >= 0)
    throw new PrelabError(
      `cannot backpropagate to ${type.dataOnly![data]}`,
      `${layer.bottoms[data]!.blob} of ${layer.type} in layer ${layer.name}`,
    )
}
