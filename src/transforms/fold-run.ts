import type { NetCalls } from "../layers/index.js"
import type { Layer, Value } from "../net/index.js"
import { type ChannelAffine, channelAffineOf, compose } from "./channel-affine.js"
import { axisOf, isFoldable, obstacleIn } from "./obstacles.js"

/** Per-channel layers that follow each other, and the one map that they make together. */
export interface Run {
  readonly members: readonly Layer[]
  /** The axis that counts the channels; undefined where all of them have one number. */
  readonly axis: number | undefined
  readonly affine: ChannelAffine
  /** What the first member reads. */
  readonly start: Value
  /** What the last member makes. */
  readonly end: Value
}

/** The runs of a net, as long as they can be, and the per-channel layers that are in none, with the reason. */
export interface Runs {
  readonly runs: readonly Run[]
  readonly obstacles: ReadonlyMap<Layer, string>
}

export function runsOf(calls: NetCalls): Runs {
  const open = new Map<Value, Run>()
  const obstacles = new Map<Layer, string>()
  for (const layer of calls.net.layers) {
    if (!isFoldable(layer)) continue
    const obstacle = obstacleIn(calls, layer)
    if (obstacle !== undefined) {
      obstacles.set(layer, obstacle)
      continue
    }
    const [start, end] = [layer.bottoms[0]!, layer.tops[0]!]
    const one = { members: [layer], axis: axisOf(layer, calls.shapes.get(start)?.length), start, end }
    const run: Run = { ...one, affine: channelAffineOf(layer) }
    const before = open.get(start)
    const joined = before && calls.net.consumers(start).length === 1 ? join(before, run) : undefined
    if (joined) open.delete(start)
    open.set(end, joined ?? run)
  }
  return { runs: [...open.values()], obstacles }
}

/** Two runs as one, where their channels are the same ones. */
function join(first: Run, second: Run): Run | undefined {
  const [a, b] = [first.affine.gain.length, second.affine.gain.length]
  const differ =
    first.axis !== undefined && second.axis !== undefined && (first.axis !== second.axis || a !== b)
  if (differ) return undefined
  return {
    members: [...first.members, ...second.members],
    axis: first.axis ?? second.axis,
    affine: compose(first.affine, second.affine),
    start: first.start,
    end: second.end,
  }
}

/** "bn, sc and shift" */
export function namesOf(layers: readonly Layer[]): string {
  const names = layers.map(({ name }) => name)
  const last = names.pop()!
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`
}
