import { short } from "../equivalence/place.js"
import type { Pair } from "./align.js"
import type { Draft } from "./finding.js"
import { average, type Derived, right, type Target, weightAt } from "./formula.js"
import { single } from "./precision.js"
import { agrees, biasFits, rightFit, rightWeights } from "./search.js"
import type { Norm } from "./steps.js"

/** Weights whose direction is so far from the derived ones are others, not wrong ones: half is chance for few weights only. */
const RELATED = 0.5

/** What can be said about parameters that follow no known formula: how the stored ones relate to the derived ones. */
export function unexplained(target: Target, pair: Pair): Draft {
  const { from, to } = target
  return {
    layer: from.layer.name,
    into: to.layer.name,
    bug: "unexplained",
    explanation: "no known mistake, and no two of them together, give these parameters",
    evidence: rightWeights(target) ? `the weights are right; ${biasWords(target)}` : weightWords(target),
    fix: "fold this layer again from the original",
    parameters: 0,
    region: [pair],
  }
}

/** Cosine of the angle between stored and derived weights; 0 where they are not as many. */
function likeness(target: Target): number {
  const add = ([a, b, c]: Sums, [x, y, z]: Sums): Sums => [a + x, b + y, c + z]
  return cosineOf(channelSums(target).reduce(add, [0, 0, 0]))
}

/** Do the weights look like the original's at all, whatever factor each channel and its sign have? */
export function isRelated(target: Target): boolean {
  const channels = channelSums({ ...target, steps: [], before: [] }).map((sums) => Math.abs(cosineOf(sums)))
  return channels.reduce((sum, each) => sum + each, 0) > RELATED * channels.length
}

type Sums = readonly [xy: number, xx: number, yy: number]

function cosineOf([xy, xx, yy]: Sums): number {
  return xx * yy > 0 ? xy / Math.sqrt(xx * yy) : 0
}

/** Products of stored and derived weights, added up in every output channel. */
function channelSums(target: Target): Sums[] {
  const { from, to } = target
  const sums = Array.from({ length: from.outputs }, (): [number, number, number] => [0, 0, 0])
  if (to.weight.length !== from.weight.length) return sums
  const { derived } = rightFit(target)
  const at = weightAt(target, right)
  to.weight.forEach((w, i) => {
    const d = at(derived, i)
    const own = sums[from.output(i)]!
    own[0] += w * d
    own[1] += w * w
    own[2] += d * d
  })
  return sums
}

function weightWords(target: Target): string {
  const { from, to } = target
  if (from.weight.length !== to.weight.length)
    return `${from.shape.join("x")} weights became ${to.shape.join("x")}`
  const { derived } = rightFit(target)
  const at = weightAt(target, right)
  const ratios = Array.from(derived.gain, (): number[] => [])
  let wrong = 0
  to.weight.forEach((w, i) => {
    const value = at(derived, i)
    if (!agrees(w, value, Math.abs(value), single)) wrong++
    if (value !== 0) ratios[from.output(i)]!.push(w / value)
  })
  const count = `${wrong} of ${to.weight.length} weights are not the derived ones`
  const channels = ratios.map(summary)
  const constant = channels.every((channel) => !channel || channel.spread <= 1e-4)
  if (!constant)
    return `${count}; no common factor in a channel, cosine ${short(likeness(target), 4)} with them`
  const factors = channels.map((channel) => channel?.median ?? 1)
  const [least, most] = [Math.min(...factors), Math.max(...factors)]
  if (most - least <= 1e-4 * Math.abs(most)) return `${count}; all are ${short(most, 5)} times as large`
  const off = factors.flatMap((factor, c) => (Math.abs(factor - 1) > 1e-4 ? [c] : []))
  const range = `${count}; one factor a channel, ${short(least)} to ${short(most)}, off in ${off.length} of ${factors.length} channels`
  const small = smallVariance(target, off)
  return small ? `${range}: those with a variance up to ${short(small)}` : range
}

/** The largest variance of these channels if all others have larger ones. */
function smallVariance({ steps }: Target, channels: readonly number[]): number | undefined {
  const norm = steps.find((step): step is Norm => step.kind === "norm")
  if (!norm || channels.length === 0 || channels.length === norm.variance.length) return undefined
  const at = (c: number) => average(norm.variance[c]!, norm.factor, "own")
  const limit = Math.max(...channels.map(at))
  const isSplit = Array.from(norm.variance.keys()).every((c) => channels.includes(c) || at(c) > limit)
  return isSplit ? limit : undefined
}

function summary(ratios: number[]): { median: number; spread: number } | undefined {
  if (ratios.length === 0) return undefined
  const sorted = ratios.toSorted((x, y) => x - y)
  const median = sorted[Math.floor(sorted.length / 2)]!
  const spread = (sorted.at(-1)! - sorted[0]!) / Math.abs(median)
  return { median, spread: Number.isNaN(spread) ? Number.POSITIVE_INFINITY : spread }
}

function biasWords(target: Target): string {
  const { derived } = rightFit(target)
  if (biasFits(target, derived, single)) return "so is the bias"
  const off = offsets(target, derived)
  const wrong = off.filter((offset) => offset !== 0)
  const [least, most] = [Math.min(...off), Math.max(...off)]
  const worst = off.reduce((at, offset, c) => (Math.abs(offset) > Math.abs(off[at]!) ? c : at), 0)
  const is = `b' is ${short(target.to.bias?.[worst] ?? 0, 4)}, derived ${short(derived.bias[worst]!, 4)}`
  const same = most - least <= 1e-4 * Math.abs(most) ? `all biases are off by ${short(most)}` : undefined
  return `${same ?? `${wrong.length} of ${off.length} biases are off, by ${short(least)} to ${short(most)}`}; channel ${worst}: ${is}`
}

function offsets({ to }: Target, { bias, size }: Derived): number[] {
  return Array.from(bias, (value, c) => {
    const is = to.bias?.[c] ?? 0
    return agrees(is, value, size[c]!, single) ? 0 : is - value
  })
}
