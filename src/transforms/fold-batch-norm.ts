import { callsOf, type NetCalls } from "../layers/index.js"
import type { Layer, Message, Net, Value } from "../net/index.js"
import { type ChannelAffine, channelAffineOf, compose, identityAffine } from "./channel-affine.js"
import { type FoldAction, FoldReport, type FoldRule } from "./fold-report.js"
import { absorb, outputChannels } from "./fold-target.js"
import { isFoldable, obstacleBefore, obstacleIn, obstacleInto } from "./obstacles.js"
import { remember } from "./remembered.js"

/** A producer and what can be folded into it so far. */
interface Chain {
  readonly target: Layer
  readonly members: Layer[]
  affine: ChannelAffine
  /** The value that the chain ends in. */
  end: Value
}

/**
 * Folds every BatchNorm, Scale and Bias into the Convolution, Deconvolution or InnerProduct that produces its input, wherever that is
 * exact over the reals: W' = W g / sqrt(v + eps), b' = (b - m) g / sqrt(v + eps) + beta, in double, stored as float32.
 *
 * The producer keeps its name and now makes the chain's last value, the same object as in the original net: the values that both nets
 * hold are the places where they must agree. What cannot be folded stays as it is, with the reason in the report.
 * A net in which nothing folds comes back with the same layers.
 */
export function foldBatchNorm(net: Net): { net: Net; report: FoldReport } {
  const calls = callsOf(net)
  const chains = new Map<Value, Chain>()
  const kept = new Map<Layer, string>()
  for (const layer of net.layers) {
    if (!isFoldable(layer)) continue
    const obstacle = extend(layer)
    if (obstacle !== undefined) kept.set(layer, obstacle)
  }
  const rewritten = new Map<Layer, Layer>()
  const folded = new Map<Layer, Chain>()
  for (const chain of new Set(chains.values())) {
    const layer = absorb({ ...chain.target, tops: [chain.end] }, chain.affine, biasSpecOf(chain))
    if (layer) rewritten.set(chain.target, layer)
    for (const member of chain.members) {
      if (layer) folded.set(member, chain)
      else kept.set(member, `the folded parameters of ${chain.target.name} would leave float32's range`)
    }
  }
  const layers = net.layers
    .filter((layer) => !folded.has(layer))
    .map((layer) => rewritten.get(layer) ?? layer)
  const report = new FoldReport(
    actionsOf(net, folded, kept),
    rulesOf(folded, rewritten),
    saved(calls, folded),
  )
  return { net: remember(net.with(layers), { from: net, rules: report.rules }), report }

  /** Adds a layer to the chain that ends in its bottom, or says what is in the way. */
  function extend(layer: Layer): string | undefined {
    const own = obstacleIn(net, layer)
    if (own !== undefined) return own
    const bottom = layer.bottoms[0]!
    const open = chains.get(bottom)
    const target = open?.target ?? net.producer(bottom)
    const before = open ? undefined : obstacleBefore(net, layer, kept)
    const obstacle = before ?? obstacleInto(net, target, layer, calls.shapes.get(bottom)?.length)
    if (obstacle !== undefined) return obstacle
    const chain = open ?? { target, members: [], affine: identityAffine(outputChannels(target)), end: bottom }
    chain.members.push(layer)
    chain.affine = compose(chain.affine, channelAffineOf(layer))
    chain.end = layer.tops[0]!
    chains.delete(bottom)
    chains.set(chain.end, chain)
    return undefined
  }
}

/** The `param` spec of the bias that the chain brings along: that of the last layer with one. */
function biasSpecOf({ members }: Chain): Message | undefined {
  const last = members.findLast(
    ({ type, blobs }) => type === "Bias" || (type === "Scale" && blobs.length === 2),
  )
  const specs = last?.message.param as readonly Message[] | undefined
  return specs?.[last!.blobs.length - 1]
}

function actionsOf(
  net: Net,
  folded: ReadonlyMap<Layer, Chain>,
  kept: ReadonlyMap<Layer, string>,
): FoldAction[] {
  return net.layers.filter(isFoldable).map((layer) => {
    const { name, type } = layer
    const chain = folded.get(layer)
    if (!chain) return { layer: name, type, action: "kept", why: kept.get(layer)! }
    const { target } = chain
    return {
      layer: name,
      type,
      action: "folded",
      into: target.name,
      why: `per-channel and constant, and the only reader of what ${target.name} (${target.type}) makes`,
    }
  })
}

function rulesOf(folded: ReadonlyMap<Layer, Chain>, rewritten: ReadonlyMap<Layer, Layer>): FoldRule[] {
  return [...new Set(folded.values())].map(({ target, members }) => ({
    rule: "fold into producer",
    layer: rewritten.get(target)!,
    from: [target, ...members],
    conditions: [
      `${target.name} has one bottom and one top`,
      `its weights are its own`,
      `every value up to ${members.at(-1)!.name} has one reader`,
      ...members
        .filter(({ type }) => type === "BatchNorm")
        .map(({ name }) => `${name} uses stored statistics`),
      ...members
        .filter(({ type }) => type !== "BatchNorm")
        .map(({ name }) => `${name} covers the channel axis alone`),
    ],
  }))
}

function saved({ calls }: NetCalls, folded: ReadonlyMap<Layer, Chain>): number {
  let multiplications = 0
  for (const layer of folded.keys()) {
    const known = calls.get(layer)
    multiplications += known?.type.macs?.(known.call) ?? 0
  }
  return multiplications
}
