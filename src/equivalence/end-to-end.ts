import type { Plan, Ran } from "../engines/engine.js"
import { reference } from "../engines/reference.js"
import type { NetCalls } from "../layers/index.js"
import type { Value } from "../net/index.js"
import { compileAsked, type Sides } from "./engine-piece.js"
import { outputPairs } from "./interface.js"
import { farthest, largestOf, nudged } from "./rounding-floor.js"
import type { Feed } from "./segments.js"

/**
 * How far one output moves: between the nets, and by rounding alone, on the probe where the nets differ most
 * for the size of the output. Read side by side; neither decides the verdict.
 */
export interface OutputDifference {
  readonly output: string
  readonly probe: string
  /** Largest difference between the nets' outputs. */
  readonly difference: number
  /**
   * Largest difference that rounding makes in the first net: every blob nudged by up to half an ulp, and the
   * engine's summation order.
   */
  readonly floor: number
  /** Largest |output|. */
  readonly largest: number
}

/**
 * The third leg: both nets from end to end on the engines asked for, next to the rounding floor.
 *
 * @param exact net a's outputs on the reference engine, one array per probe
 * @param seeds of the nudges, one run of net a each
 * @param onDone called after each probe
 */
export async function compareOutputs(
  a: NetCalls,
  b: NetCalls,
  feeds: readonly Feed[],
  exact: (output: Value) => readonly Float32Array[],
  sides: Sides,
  seeds: readonly number[],
  onDone: (done: number) => Promise<void>,
): Promise<{ endToEnd: OutputDifference[]; a: Ran; b: Ran }> {
  const pairs = outputPairs(a.net, b.net)
  const most: OutputDifference[] = []
  const planB = await compileAsked(sides.b ?? { engine: reference }, b, b.net.outputs)
  try {
    // The reference engine has run net a already.
    const planA = sides.a && (await compileAsked(sides.a, a, a.net.outputs))
    try {
      for (const [p, { probe, given }] of feeds.entries()) {
        const theirs = await planB.run(new Map(b.net.inputs.map((value) => [value, dataOf(given, value)])))
        const mine = await planA?.run(given)
        const moved = seeds.map((seed) => nudged(a, given, a.net.outputs, seed))
        pairs.forEach((pair, i) => {
          const yardstick = exact(pair.a)[p]!
          const own = mine?.get(pair.a) ?? yardstick
          const others = [own, ...moved.map((values) => values.get(pair.a)!)]
          const found = {
            output: pair.a.blob,
            probe,
            difference: farthest(own, theirs.get(pair.b)!),
            floor: Math.max(...others.map((other) => farthest(yardstick, other))),
            largest: largestOf(yardstick),
          }
          const known = most[i]
          if (!known || relative(found) > relative(known)) most[i] = found
        })
        await onDone(p + 1)
      }
      return { endToEnd: most, a: ranOf(planA), b: ranOf(planB) }
    } finally {
      await planA?.dispose()
    }
  } finally {
    await planB.dispose()
  }
}

function ranOf(plan: Plan | undefined): Ran {
  return plan
    ? { engine: plan.engine, backend: plan.backend }
    : { engine: "reference", backend: "typescript" }
}

function relative({ difference, largest }: OutputDifference): number {
  return difference === 0 ? 0 : difference / largest
}

/** Net a's data for net b's input of the same name. */
function dataOf(given: ReadonlyMap<Value, Float32Array>, { blob }: Value): Float32Array {
  for (const [value, data] of given) if (value.blob === blob) return data
  throw new RangeError(`no data for input ${blob}`)
}
