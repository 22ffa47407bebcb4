import { callsOf, type NetCalls } from "../layers/index.js"
import type { Blob, Layer, Message, Net } from "../net/index.js"
import { channelAxis, isFoldTarget } from "./fold-target.js"
import { remember } from "./remembered.js"
import { type RewriteAction, RewriteReport, type RewriteRule } from "./rewrite-report.js"
import { sharersOf } from "./shared-weights.js"
import { bypassed, rewired, rulesOf, withoutOrigin } from "./wiring.js"

/** What became of one Dropout: the net without it, and what to report. */
interface Removal {
  readonly net: Net
  readonly action: Omit<RewriteAction, "layer" | "type">
  /** Layers that changed, by name. */
  readonly changed: readonly string[]
}

/**
 * Takes the Dropout layers out of a net that is to run at TEST. Caffe's own copies its bottom then (dropout_layer.cpp): its readers read the
 * bottom, and a net output keeps its name. Two kinds are no copies:
 *
 * - `scale_train: false` (caffe-fast-rcnn) multiplies by 1 - ratio at TEST;
 * - ENet's Python layer SpatialDropoutLayer multiplies by 1 / (1 - p).
 *
 * Their factor goes into the Convolution, Deconvolution or InnerProduct before them or behind them, W' = f W and b' = f b or b, where that is
 * exact over the reals; else into one Scale in their place, which `foldBatchNorm` can fold further. In a net of phase TRAIN everything
 * stays: there Dropout drops.
 */
export function removeDropout(net: Net): { net: Net; report: RewriteReport } {
  const actions: RewriteAction[] = []
  const touched: { from: Layer; changed: readonly string[] }[] = []
  let now = net
  for (const [index, layer] of net.layers.entries()) {
    if (!isDropout(layer)) continue
    // Earlier removals took layers out before it, and may have rewired it.
    const gone = net.layers.length - now.layers.length
    const removal = removalOf(now, now.layers[index - gone]!)
    const { name, type } = layer
    if (typeof removal === "string") actions.push({ layer: name, type, action: "kept", why: removal })
    else {
      now = removal.net
      actions.push({ layer: name, type, ...removal.action })
      touched.push({ from: layer, changed: removal.changed })
    }
  }
  const rules = touched.flatMap(({ from, changed }): RewriteRule[] => {
    const layers = now.layers.filter(({ name }) => changed.includes(name))
    if (layers.length === 0) return []
    const conditions = ["phase TEST", "no input or output of the net changes its name"]
    return [{ rule: "remove Dropout", layer: layers.at(-1)!, layers, from: [from], conditions }]
  })
  const report = new RewriteReport({ name: "Remove Dropout", subject: "Dropout" }, actions, rules)
  return { net: remember(now.with(now.layers), { from: net, rules }), report }
}

/** Dropout, and the Python layers that call themselves so. */
function isDropout({ type, message }: Layer): boolean {
  const python = String((message.python_param as Message | undefined)?.layer ?? "")
  return type === "Dropout" || (type === "Python" && /dropout/i.test(python))
}

function removalOf(net: Net, layer: Layer): Removal | string {
  const calls = callsOf(net)
  const known = calls.calls.get(layer)
  const phase = known?.call.phase ?? layer.message.phase ?? net.state.phase
  if (phase === "TRAIN") return "in phase TRAIN it drops at random"
  const problem = calls.problems.get(layer)
  const plain = layer.type === "Dropout" && isPlain(layer)
  if (problem && !plain) return problem.message
  // A copy is one whatever shape it has.
  const factor = plain || !known ? 1 : known.type.forward(known.call, [Float32Array.of(1)])[0]![0]!
  if (factor !== 1) return folded(net, calls, layer, factor)
  const rest = bypassed(net, layer)
  if (typeof rest === "string") return rest
  const [top] = layer.tops
  const readers = net.consumers(top!)
  const changed = (readers.length > 0 ? readers : [net.producer(layer.bottoms[0]!)]).map(({ name }) => name)
  return { net: rest, changed, action: { action: "removed", why: "at TEST it copies its bottom" } }
}

function isPlain({ message }: Layer): boolean {
  const { scale_train = true, sample_weights_test = false } = (message.dropout_param ?? {}) as Message
  return scale_train === true && sample_weights_test === false
}

/** Takes a factor into a neighbour, else writes it as a Scale. */
function folded(net: Net, calls: NetCalls, layer: Layer, factor: number): Removal {
  const reason = `at TEST it multiplies by ${Number(factor.toPrecision(7))}`
  const [bottom, top] = [layer.bottoms[0]!, layer.tops[0]!]
  const [before, readers] = [net.producer(bottom), net.consumers(top)]
  const take = (target: Layer, by: Layer | undefined): Removal | undefined =>
    by && {
      net: net.with(net.layers.flatMap((each) => (each === layer ? [] : each === target ? [by] : [each]))),
      changed: [target.name],
      action: { action: "folded", into: target.name, why: `${reason}: a factor of ${target.name}'s weights` },
    }
  const axis = isFoldTarget(before) ? channelAxis(before, calls.shapes.get(bottom)?.length) : Number.NaN
  if (axis === 1 && isOwn(net, before) && net.consumers(bottom).length === 1) {
    const scaled = times(before, before.blobs.length, factor)
    const taken = take(before, scaled && rewired(scaled, new Map([[bottom, top]])))
    if (taken) return taken
  }
  const [reader] = readers
  if (reader && readers.length === 1 && isOwn(net, reader)) {
    const scaled = times(reader, 1, factor)
    const taken = take(reader, scaled && rewired(scaled, new Map([[top, bottom]])))
    if (taken) return taken
  }
  const scale = scaleOf(layer, calls, factor)
  return {
    net: net.with(net.layers.map((each) => (each === layer ? scale : each))),
    changed: [scale.name],
    action: { action: "replaced", into: scale.name, why: `${reason}: written as ${scale.type}` },
  }
}

/** A layer with one bottom and weights of its own. */
function isOwn(net: Net, layer: Layer): boolean {
  const { bottoms, tops, blobs } = layer
  const one = bottoms.length === 1 && tops.length === 1 && blobs.length > 0
  return one && isFoldTarget(layer) && !sharersOf(net).has(layer)
}

/**
 * The layer with its first blobs times a factor: weights and bias for factor times what it makes, weights alone for what it makes of factor
 * times its bottom, zero padding included. Undefined when one would leave float32's range.
 */
function times(layer: Layer, count: number, factor: number): Layer | undefined {
  const blobs = layer.blobs.map(({ shape, data }, i): Blob => {
    return { shape, data: i < count ? data.map((value) => value * factor) : data }
  })
  return blobs.every(({ data }) => data.every(Number.isFinite)) ? { ...layer, blobs } : undefined
}

/** The same factor in every channel; without channels, a Power. */
function scaleOf(layer: Layer, { shapes }: NetCalls, factor: number): Layer {
  const shape = shapes.get(layer.bottoms[0]!)!
  const { name, bottoms, tops } = withoutOrigin(layer)
  const rules = rulesOf(layer)
  if (shape.length < 2) {
    return {
      name,
      type: "Power",
      bottoms,
      tops,
      message: { ...rules, power_param: { scale: factor } },
      blobs: [],
    }
  }
  const message = {
    ...rules,
    param: [{ lr_mult: 0, decay_mult: 0 }],
    scale_param: { axis: 1, bias_term: false },
  }
  const data = new Float32Array(shape[1]!).fill(factor)
  return { name, type: "Scale", bottoms, tops, message, blobs: [{ shape: [shape[1]!], data }] }
}
