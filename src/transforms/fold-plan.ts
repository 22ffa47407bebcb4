import type { NetCalls } from "../layers/index.js"
import type { Layer, Value } from "../net/index.js"
import { type ChannelAffine, compose, isFactor, isShift } from "./channel-affine.js"
import { overflows } from "./fold-absorb.js"
import { type Run, runsOf } from "./fold-run.js"
import { inputsPerChannel, isFoldTarget, seesAllTaps } from "./fold-target.js"
import { axisObstacle, obstacleAt, obstacleBefore, otherReader } from "./obstacles.js"
import { sharersOf } from "./shared-weights.js"

/** A run on its way into a target, and the activations that its factors pass. */
export interface Move {
  readonly run: Run
  /** ReLU and PReLU layers between the run and the target, in running order. */
  readonly through: readonly Layer[]
}

/** A layer with weights, and all that goes into them. */
export interface Site {
  readonly target: Layer
  /** From its input; `stays` is the shift that zero padding keeps outside, to be added before the factors. */
  before?: Move & { readonly inputsPerChannel: number; readonly stays?: Float64Array }
  /** From its output: at most one directly, then any through activations, nearest first. */
  readonly after: Move[]
}

/** What is to become of every run of a net. */
export interface Plan {
  readonly sites: ReadonlyMap<Layer, Site>
  /** Runs that become one layer, and why not less. */
  readonly merged: ReadonlyMap<Run, string>
  /** Layers that stay, and why. */
  readonly kept: ReadonlyMap<Layer, string>
}

/** The new layers that a plan makes. */
export interface Made {
  /** Each target as it has taken everything in. */
  readonly targets: Map<Layer, Layer>
  /** The layer that stands for a merged run, or for what a run adds before its reader. */
  readonly ones: Map<Run, Layer>
}

const activations: ReadonlySet<string> = new Set(["ReLU", "PReLU"])
const normalisations: ReadonlySet<string> = new Set(["BatchNorm", "BN"])

/**
 * Decides for every run, in running order: into the producer of its input; into the only reader of its output; else one layer in place of
 * several. Factors of 0 or more that nothing is added to may pass ReLU and PReLU on the way, since both have f(c x) = c f(x) for c >= 0.
 * Where something is added it stays: the activation would stay between it and the weights, and a Bias in place of a Scale reads and
 * writes as much.
 *
 * @param banned targets that cannot take anything, and why
 */
export function planOf(calls: NetCalls, banned: ReadonlyMap<Layer, string>): Plan {
  const { runs, obstacles } = runsOf(calls)
  const { net, shapes } = calls
  const sharers = sharersOf(net)
  const sites = new Map<Layer, Site>()
  /** Values that a target makes, seen through what was folded into it. */
  const made = new Map<Value, Site>()
  const merged = new Map<Run, string>()
  const kept = new Map(obstacles)
  for (const run of runs) {
    const before = intoProducer(run)
    if (before === undefined) continue
    const after = intoReader(run)
    if (after === undefined) continue
    const reason = after === "" ? before : `${before}; ${after}`
    const why = mergeObstacle(run)
    if (why === undefined) merged.set(run, reason)
    else for (const member of run.members) kept.set(member, why === "" ? reason : `${reason}; ${why}`)
  }
  return { sites, merged, kept }

  function siteOf(target: Layer): Site {
    const site = sites.get(target) ?? { target, after: [] }
    sites.set(target, site)
    return site
  }

  /** Folds into what makes the run's input, or says what is in the way. */
  function intoProducer(run: Run): string | undefined {
    const [first] = run.members as [Layer]
    const producer = net.producer(run.start)
    const target = made.get(run.start)?.target ?? (isFoldTarget(producer) ? producer : undefined)
    if (!target) return passUp(run) ? undefined : obstacleBefore(net, run.start, kept)
    const shared = otherReader(net, run.start, first)
    const obstacle = shared ?? siteObstacle(target, run)
    if (obstacle !== undefined) return obstacle
    add(siteOf(target), { run, through: [] })
    return undefined
  }

  function siteObstacle(target: Layer, { members, axis, affine }: Run): string | undefined {
    const axes = shapes.get(target.tops[0]!)?.length
    return (
      banned.get(target) ??
      obstacleAt(calls, target, sharers) ??
      axisObstacle(target, members[0]!, axis, affine.gain.length, axes)
    )
  }

  function add(site: Site, move: Move): void {
    site.after.push(move)
    made.set(move.run.end, site)
  }

  /** Folds factors into a target above activations. */
  function passUp(run: Run): boolean {
    if (!isPositive(run.affine)) return false
    const through: Layer[] = []
    for (let value = run.start; net.consumers(value).length === 1; ) {
      const producer = net.producer(value)
      const site = made.get(value)
      const target = site?.target ?? (isFoldTarget(producer) ? producer : undefined)
      if (target) {
        if (through.length === 0 || siteObstacle(target, run) !== undefined) return false
        add(siteOf(target), { run, through })
        return true
      }
      if (!isActivation(producer)) return false
      through.unshift(producer)
      value = producer.bottoms[0]!
    }
    return false
  }

  /** Folds into the only reader, or says what is in the way; "" where the reader is no target. */
  function intoReader(run: Run): string | undefined {
    const through: Layer[] = []
    for (let value = run.end; net.consumers(value).length > 0; ) {
      const [reader, ...others] = net.consumers(value) as [Layer, ...Layer[]]
      const target = isFoldTarget(reader)
      if (!target && !(isActivation(reader) && isPositive(run.affine))) return ""
      if (others.length > 0)
        return target || through.length > 0 ? (otherReader(net, value, reader) ?? "") : ""
      if (target) return intoInput(reader, run, through)
      through.push(reader)
      value = reader.tops[0]!
    }
    return ""
  }

  function intoInput(target: Layer, run: Run, through: readonly Layer[]): string | undefined {
    const obstacle = banned.get(target) ?? obstacleAt(calls, target, sharers)
    if (obstacle !== undefined) return obstacle
    const { name, type, bottoms } = target
    const bottom = shapes.get(bottoms[0]!)
    if (bottom === undefined) return `the shape of ${bottoms[0]!.blob}, which ${name} reads, is unknown`
    const channels = run.affine.gain.length
    const each = run.axis === undefined ? 1 : inputsPerChannel(target, run.axis, channels, bottom)
    if (Number.isNaN(each)) return `${name} (${type}) after it does not sum over axis ${run.axis}`
    const move = { run, through, inputsPerChannel: each }
    if (isFactor(run.affine) || seesAllTaps(target)) {
      siteOf(target).before = move
      return undefined
    }
    const padding = `${name} (${type}) after it does not see every value at its borders, so that what is added cannot move into its bias`
    if (isShift(run.affine)) return padding
    const stays = run.affine.shift.map((shift, c) => (shift === 0 ? 0 : shift / run.affine.gain[c]!))
    if (overflows(Float32Array.from(stays)))
      return `${padding}, and added before its factors it would leave float32's range`
    siteOf(target).before = { ...move, stays }
    return undefined
  }
}

function isActivation({ type, bottoms, tops }: Layer): boolean {
  return activations.has(type) && bottoms.length === 1 && tops.length === 1
}

/** Factors of 0 or more and nothing added: what may pass an activation that bends at 0. */
function isPositive(affine: ChannelAffine): boolean {
  return isFactor(affine) && affine.gain.every((gain) => gain >= 0)
}

/** Why a run does not become one layer; "" where it is one already. */
function mergeObstacle({ members, affine }: Run): string | undefined {
  if (members.length === 1 && !normalisations.has(members[0]!.type)) return ""
  const data = [Float32Array.from(affine.gain), Float32Array.from(affine.shift)]
  return data.some(overflows) ? "as one Scale its parameters would leave float32's range" : undefined
}

/** The maps of a target's input and output. */
export function affinesOf({ before, after }: Site): [ChannelAffine | undefined, ChannelAffine | undefined] {
  const input = before && {
    gain: before.run.affine.gain,
    shift: before.stays ? new Float64Array(before.stays.length) : before.run.affine.shift,
  }
  const output = after.map(({ run }) => run.affine)
  return [input, output.length > 0 ? output.reduce(compose) : undefined]
}
