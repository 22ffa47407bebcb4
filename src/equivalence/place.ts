import type { Shape } from "../net/index.js"

/** One number of a top: where two nets differ. */
export interface Place {
  /** The layer of the first net, and of the second, that make the value. */
  readonly layers: readonly [string, string]
  readonly blob: string
  /** Flat index, and the same along every axis. */
  readonly index: number
  readonly at: readonly number[]
  /** Index along axis 1, where there is one. */
  readonly channel?: number
  readonly probe: string
  readonly values: readonly [number, number]
  readonly difference: number
  readonly bound: number
}

export function positionOf(index: number, shape: Shape): number[] {
  const at = new Array<number>(shape.length)
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!
    rest = Math.floor(rest / shape[axis]!)
  }
  return at
}

/** `conv1 top conv1 [0, 3, 1, 1], channel 3: 1.25 and 1.5, difference 0.25, bound 1e-6 (probe image)`. */
export function formatPlace({
  layers: [layer],
  blob,
  at,
  channel,
  probe,
  values,
  difference,
  bound,
}: Place): string {
  const where = `${layer} top ${blob} [${at.join(", ")}]${channel === undefined ? "" : `, channel ${channel}`}`
  const [a, b] = values.map((value) => short(value, 9))
  return `${where}: ${a} and ${b}, difference ${short(difference)}, bound ${short(bound)} (probe ${probe})`
}

/** A number as people read it: three digits unless told. */
export function short(value: number, digits = 3): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value)
}
