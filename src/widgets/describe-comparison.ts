import type { Comparison, Place, Segment } from "../equivalence/index.js"
import type { ComparisonMap, MapPlace } from "./equivalence-map-state.js"

/** A comparison as the map shows it. */
export function describeComparison(comparison: Comparison, revision: number, seconds: number): ComparisonMap {
  const { equivalent, ran, probes, segments, endToEnd } = comparison
  return {
    revision,
    equivalent,
    sentence: String(comparison),
    ran,
    seconds,
    probes: [...probes],
    segments: segments.map((segment) => ({
      name: namesOf(segment),
      layer: segment.layers.a.at(-1) ?? "",
      blob: segment.blob,
      status: segment.status,
      holds: segment.holds,
      channels: Float64Array.from(segment.channels),
      worst: segment.worst ? describePlace(segment.worst) : null,
    })),
    ends: endToEnd.map(({ output, difference, floor, largest }) => ({
      output,
      difference: short(difference),
      floor: short(floor),
      largest: short(largest),
    })),
  }
}

/** One place in words; its values with nine digits, which tell every float32 from its neighbours. */
export function describePlace({ channel, blob, at, probe, values, difference, bound }: Place): MapPlace {
  const ratio = difference / bound
  return {
    channel: channel ?? 0,
    where: `${blob} [${at.join(", ")}]`,
    probe,
    values: [short(values[0], 9), short(values[1], 9)],
    difference: short(difference),
    bound: short(bound),
    ratio: short(Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio),
  }
}

/** `conv1, conv1/bn = conv1` where the nets differ, the layers' names where they do not. */
function namesOf({ layers: { a, b } }: Segment): string {
  const [left, right] = [a.join(", "), b.join(", ")]
  return left === right ? left : `${left} = ${right}`
}

function short(value: number, digits = 4): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value)
}
