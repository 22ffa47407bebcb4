import { type Bounded, evaluateBounded } from "../equivalence/evaluate.js"
import { pieceBound } from "../equivalence/piece-bound.js"
import { callsOf } from "../layers/index.js"
import { type Blob, count, type Layer, type Message, type Net, type Shape } from "../net/index.js"
import { foldBatchNorm } from "../transforms/index.js"
import type { ChannelNet } from "./channel-net.js"
import type { FoldMistake, FoldOutputs, FoldProbe, FoldResult } from "./fold-stepper-state.js"

/** An input that the layers and their fold are held against each other on. */
export interface ChannelProbe {
  readonly name: string
  readonly data: Float32Array
}

/** What the reader asks for. */
export interface FoldWish {
  readonly eps: number | null
  readonly mistakes: readonly FoldMistake[]
  readonly probe: number
}

type Folded = Omit<FoldResult, "revision" | "site" | "channel">

/**
 * Folds one channel with `foldBatchNorm`, and holds the fold against the layers. A mistake is the right fold of a net that says something else: its
 * eps, a factor of 1, no bias.
 */
export function foldChannel(
  { net, inputs, kernel }: ChannelNet,
  probes: readonly ChannelProbe[],
  wish: FoldWish,
): Folded {
  const [, target, norm, scale] = net.layers as [Layer, Layer, Layer, Layer?]
  const told = mistaken(net, wish)
  const [right, made] = [foldBatchNorm(net), foldBatchNorm(told)]
  const [, takenTarget, takenNorm, takenScale] = told.layers as [Layer, Layer, Layer, Layer?]
  const numberAt = (layer: Layer | undefined, blob: number, absent = 0) =>
    layer?.blobs[blob]?.data[0] ?? absent
  const [mean, variance, factor] = [0, 1, 2].map((blob) => numberAt(norm, blob)) as [number, number, number]
  const divisor = numberAt(takenNorm, 2)
  const over = (stored: number) => (divisor === 0 ? 0 : stored / divisor)
  const layer = made.net.layer(target.name)
  const isWhole = made.net.layers.length === 2
  const compared =
    isWhole && right.net.layers.length === 2
      ? compare(net, right.net, made.net, probes, wish.probe)
      : undefined
  return {
    stored: { mean, variance, factor },
    mean: over(mean),
    variance: over(variance),
    eps: epsOf(takenNorm),
    gamma: numberAt(scale, 0, 1),
    beta: numberAt(scale, 1),
    bias: numberAt(target, 1),
    taken: { bias: numberAt(takenTarget, 1), beta: numberAt(takenScale, 1) },
    alpha: made.report.rules[0]?.gains?.[0] ?? Number.NaN,
    weights: target.blobs[0]!.data,
    folded: layer.blobs[0]!.data,
    foldedBias: numberAt(layer, 1),
    inputs,
    kernel: [...kernel],
    right: {
      alpha: right.report.rules[0]?.gains?.[0] ?? Number.NaN,
      bias: numberAt(right.net.layer(target.name), 1),
    },
    refused: isWhole
      ? null
      : (made.report.actions.find(({ action }) => action !== "folded")?.why ?? "not folded"),
    outputs: compared?.outputs ?? null,
    probes: compared?.probes ?? [],
  }
}

/** The net as a script with these mistakes reads it. */
function mistaken(net: Net, { eps, mistakes }: FoldWish): Net {
  const [input, target, norm, scale] = net.layers as [Layer, Layer, Layer, Layer?]
  const zero = ({ shape, data }: Blob): Blob => ({ shape, data: new Float32Array(data.length) })
  const has = (mistake: FoldMistake) => mistakes.includes(mistake)
  const own = (norm.message.batch_norm_param ?? {}) as Message
  const [mean, variance, factor] = norm.blobs as [Blob, Blob, Blob]
  const one = { shape: factor.shape, data: Float32Array.of(1) }
  return net.with([
    input,
    has("own bias lost")
      ? { ...target, blobs: target.blobs.map((blob, i) => (i === 1 ? zero(blob) : blob)) }
      : target,
    {
      ...norm,
      ...(eps === null ? {} : { message: { ...norm.message, batch_norm_param: { ...own, eps } } }),
      blobs: [mean, variance, has("factor ignored") ? one : factor],
    },
    ...(scale
      ? [
          has("beta lost")
            ? { ...scale, blobs: scale.blobs.map((blob, i) => (i === 1 ? zero(blob) : blob)) }
            : scale,
        ]
      : []),
  ])
}

/** The float32 that a layer computes with. */
function epsOf({ message }: Layer): number {
  const { eps } = (message.batch_norm_param ?? {}) as { eps?: number }
  return Math.fround(eps ?? 1e-5)
}

/** Every probe through the layers, their right fold and the one that was made. The bound is the right fold's: what rounding alone explains. */
function compare(net: Net, right: Net, made: Net, probes: readonly ChannelProbe[], shown: number) {
  const end = net.layers.at(-1)!.tops[0]!
  const shape = callsOf(net).shapes.get(end)!
  const runnerOf = (each: Net, rounded: boolean) => {
    const calls = callsOf(each)
    const [input, ...layers] = each.layers as [Layer, ...Layer[]]
    const bound = pieceBound(calls, rounded ? { layers, roundings: 1 } : undefined, undefined)
    return (data: Float32Array): Bounded =>
      evaluateBounded(calls, layers, new Map([[input.tops[0]!, data]]), [end], bound).get(end)!
  }
  const [plain, rounded, asMade] = [runnerOf(net, false), runnerOf(right, true), runnerOf(made, true)]
  let outputs: FoldOutputs | undefined
  const results = probes.map(({ name, data }, probe): FoldProbe => {
    const [original, exact, folded] = [plain(data), rounded(data), asMade(data)]
    const bound = original.error.map((error, i) => error + exact.error[i]!)
    const ratios = bound.map((limit, i) => ratioOf(original.data[i]!, folded.data[i]!, limit))
    if (probe === shown)
      outputs = {
        probe,
        ...gridOf(shape),
        original: original.data,
        folded: folded.data,
        ratios: Float32Array.from(ratios),
      }
    let worst = 0
    ratios.forEach((ratio, i) => {
      if (ratio > ratios[worst]!) worst = i
    })
    return {
      name,
      difference: Math.abs(original.data[worst]! - folded.data[worst]!),
      bound: bound[worst]!,
      ratio: ratios[worst]!,
      beyond: ratios.filter((ratio) => ratio > 1).length,
      total: ratios.length,
    }
  })
  return { outputs, probes: results }
}

function ratioOf(x: number, y: number, bound: number): number {
  const gap = Math.abs(x - y)
  // Where the layers left float32's range their own order of operations decides what is left: no evidence either way.
  if (x === y || !Number.isFinite(x)) return 0
  return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap / bound
}

/** Rows and columns of a top's one channel. */
function gridOf(shape: Shape): { rows: number; columns: number } {
  const columns = shape.length > 2 ? shape.at(-1)! : 1
  return { rows: count(shape) / columns, columns }
}
