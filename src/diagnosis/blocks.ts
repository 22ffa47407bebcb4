import type { NetCalls } from "../layers/index.js"
import type { Layer, Value } from "../net/index.js"
import { composition, type Rays, raysOf } from "./activation.js"
import { kindOf } from "./linear.js"
import { type Step, stepsOf } from "./steps.js"

/** A layer that is constant per channel, after the one that does the work. */
export interface After {
  readonly layer: Layer
  readonly steps: readonly Step[]
}

/** A layer, or several that make one activation, and the per-channel maps that follow it: what a fold makes one layer of. */
export interface Block {
  /** What two blocks must have in common to be compared. */
  readonly kind: string
  readonly anchor: Layer
  readonly layers: readonly Layer[]
  readonly bottoms: readonly Value[]
  /** What the anchor makes. */
  readonly raw: Value | undefined
  readonly after: After[]
  /** What a positive and a negative number become, channel by channel, where the anchor bends at zero. */
  readonly rays: Rays | undefined
}

/** The value that other blocks read. */
export function endOf({ after, raw }: Block): Value | undefined {
  return after.at(-1)?.layer.tops[0] ?? raw
}

/** Every layer of a block in running order. */
export function layersOf({ layers, after }: Block): Layer[] {
  return [...layers, ...after.map(({ layer }) => layer)]
}

/** A net as blocks in running order, every layer in one of them. */
export function blocksOf(calls: NetCalls): Block[] {
  const { net } = calls
  const blocks: Block[] = []
  const open = new Map<Value, Block>()
  const composed = new Map<Layer, { layers: readonly Layer[]; source: Value }>()
  for (const layer of net.layers) {
    const found = composition(calls, layer)
    if (found) for (const part of found.layers) composed.set(part, found)
  }
  for (const layer of net.layers) {
    const whole = composed.get(layer)
    if (whole && whole.layers.at(-1) !== layer) continue
    const steps = whole ? undefined : stepsOf(calls, layer)
    const before = steps && open.get(layer.bottoms[0]!)
    if (before) {
      before.after.push({ layer, steps })
      open.delete(layer.bottoms[0]!)
      open.set(layer.tops[0]!, before)
      continue
    }
    const layers = whole?.layers ?? (steps ? [] : [layer])
    const rays = raysOf(calls, whole?.layers ?? [layer])
    const block: Block = {
      kind: rays ? "activation" : steps ? "per channel" : kindOf(layer),
      anchor: layer,
      layers,
      bottoms: whole ? [whole.source] : layer.bottoms,
      raw: steps ? layer.bottoms[0] : layer.tops[0],
      after: steps ? [{ layer, steps }] : [],
      rays,
    }
    blocks.push(block)
    if (layer.tops.length === 1) open.set(layer.tops[0]!, block)
  }
  return blocks
}

/** Where a value stands: the block that makes it, and after how many of its maps. */
export interface Position {
  readonly block: Block
  /** 0: what the anchor makes. */
  readonly maps: number
  readonly top: number
}

export function positionsOf(blocks: readonly Block[]): Map<Value, Position> {
  const positions = new Map<Value, Position>()
  for (const block of blocks) {
    // The maps that have no anchor read another block's value.
    if (block.layers.length > 0)
      block.anchor.tops.forEach((value, top) => void positions.set(value, { block, maps: 0, top }))
    block.after.forEach(({ layer }, i) => void positions.set(layer.tops[0]!, { block, maps: i + 1, top: 0 }))
  }
  return positions
}
