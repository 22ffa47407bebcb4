import { callsOf, type NetCalls } from "../layers/index.js"
import { count, type Layer, type Message, makeValue, type Net, type Value } from "../net/index.js"
import { absorb } from "./fold-absorb.js"
import { oneLayer } from "./fold-merge.js"
import { affinesOf, type Made, type Plan, planOf, type Site } from "./fold-plan.js"
import { FoldReport } from "./fold-report.js"
import type { Run } from "./fold-run.js"
import { actionsOf, rulesFor } from "./fold-words.js"
import { isFoldable } from "./obstacles.js"
import { remember } from "./remembered.js"
import { rewired, specsOf } from "./wiring.js"

/**
 * Folds every BatchNorm, BN, Scale, Bias and affine Power into weights, wherever that is exact over the reals.
 *
 * - Into the Convolution, Deconvolution or InnerProduct that makes its input: W' = W g / sqrt(v + eps), b' = (b - m) g / sqrt(v + eps) + beta.
 * - Else into the one that alone reads its output, y = W (g x + s) + b: W' = W g, b' = b + W s. With zero padding the border does not see
 *   every s: then only the factors fold, and s / g stays as a Bias before.
 * - Factors of 0 or more pass ReLU and PReLU on their way into either, when nothing is added to them.
 * - What is left becomes one Scale, when it is a batch norm or several layers.
 *
 * Everything is computed in double and stored as float32. Weights that other layers share, or use for several bottoms, stay; so do batch norms
 * that take the statistics of each batch.
 *
 * A target keeps its name and makes the chain's last value, the same object as in the original net: the values that both nets hold are the
 * places where they must agree. What cannot be folded stays as it is, with the reason in the report.
 * A net in which nothing folds comes back with the same layers.
 */
export function foldBatchNorm(net: Net): { net: Net; report: FoldReport } {
  const calls = callsOf(net)
  const banned = new Map<Layer, string>()
  for (;;) {
    const plan = planOf(calls, banned)
    const to = wiringOf(net, plan)
    const made = makeLayers(plan, to)
    if (made instanceof Map) {
      for (const [target, why] of made) banned.set(target, why)
      continue
    }
    const layers = rebuilt(net, plan, made, to)
    const rules = rulesFor(plan, made)
    const report = new FoldReport(
      actionsOf(net.layers.filter(isFoldable), plan, made),
      rules,
      saved(calls, made, layers),
    )
    return { net: remember(net.with(layers), { from: net, rules }), report }
  }
}

type Rewiring = ReadonlyMap<Value, Value>

/** Which value stands where another stood; values that change what they hold are new ones. */
function wiringOf({ values }: Net, { sites }: Plan): Rewiring {
  const instead = new Map<Value, Value>()
  const at = (value: Value): Value => {
    const next = instead.get(value)
    return next === undefined ? value : at(next)
  }
  const renew = (value: Value) => void instead.set(value, makeValue(value.blob))
  for (const { before, after } of sites.values()) {
    if (before) {
      const { run, through, stays } = before
      // With a shift that stays the new Bias makes another value than the run did.
      if (stays) renew(run.end)
      else instead.set(run.end, run.start)
      for (const { tops } of through) renew(tops[0]!)
    }
    for (const { run, through } of after) {
      // What leads up to the run holds the factors already.
      for (const { bottoms } of through) renew(at(bottoms[0]!))
      instead.set(run.start, run.end)
    }
  }
  return new Map(values.map((value) => [value, at(value)]))
}

/** The targets and the layers that stand for runs; or the targets whose parameters would leave float32's range, with that reason. */
function makeLayers({ sites, merged }: Plan, to: Rewiring): Made | Map<Layer, string> {
  const made: Made = { targets: new Map(), ones: new Map() }
  const banned = new Map<Layer, string>()
  for (const site of sites.values()) {
    const { target, before } = site
    const [input, output] = affinesOf(site)
    const absorbed = { before: input, after: output, biasSpec: biasSpecOf(site) }
    const layer = absorb(target, { ...absorbed, inputsPerChannel: before?.inputsPerChannel })
    if (layer) made.targets.set(target, rewired(layer, to))
    else banned.set(target, `the folded parameters of ${target.name} would leave float32's range`)
    if (!before?.stays) continue
    const stays = { gain: before.stays.map(() => 1), shift: before.stays }
    made.ones.set(before.run, oneLayer(before.run, stays, to.get(before.run.end)!))
  }
  for (const run of merged.keys()) made.ones.set(run, oneLayer(run, run.affine, run.end))
  return banned.size > 0 ? banned : made
}

function rebuilt({ layers }: Net, { sites, merged }: Plan, made: Made, to: Rewiring): Layer[] {
  const stand = new Map<Layer, readonly Layer[]>()
  const replace = (run: Run) => {
    const one = made.ones.get(run)
    run.members.forEach((member, i) => void stand.set(member, one && i === 0 ? [one] : []))
  }
  for (const { before, after } of sites.values())
    for (const { run } of [...(before ? [before] : []), ...after]) replace(run)
  for (const run of merged.keys()) replace(run)
  return layers.flatMap((layer) => stand.get(layer) ?? [made.targets.get(layer) ?? rewired(layer, to)])
}

/** The `param` spec of the bias that the runs bring along: that of the last layer with one. */
function biasSpecOf({ before, after }: Site): Message | undefined {
  const members = [...(before?.run.members ?? []), ...after.flatMap(({ run }) => run.members)]
  const last = members.findLast(
    ({ type, blobs }) => type === "Bias" || (type === "Scale" && blobs.length === 2),
  )
  return last && specsOf(last)[last.blobs.length - 1]
}

/** Multiplications of the layers that are gone, less those of the Scale layers that stand for them. */
function saved({ net, calls, shapes }: NetCalls, { ones }: Made, layers: readonly Layer[]): number {
  const left = new Set(layers)
  let multiplications = 0
  for (const layer of net.layers) {
    const known = isFoldable(layer) && !left.has(layer) ? calls.get(layer) : undefined
    multiplications += known?.type.macs?.(known.call) ?? 0
  }
  for (const [{ start }, { type }] of ones) {
    const shape = shapes.get(start)
    if (type === "Scale" && shape) multiplications -= count(shape)
  }
  return multiplications
}
