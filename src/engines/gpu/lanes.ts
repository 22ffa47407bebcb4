import { count } from "../../net/index.js"
import type { Program, Source, Step } from "./program.js"

/** What a SIMD register holds. */
const LANES = 4

/** A kernel with more arrays than this takes long to compile. */
const MOST_ROUNDS = 64

/**
 * The same program with convolutions as `webasm` likes them. gpu.js computes four neighbours along x at once
 * there, but loads what differs between them one by one, from an index that it makes, limits and takes apart
 * for every load. So neighbours are outputs, not positions: they share what they read of the input, and the
 * weights are as many arrays as a round has taps, all read at one index, which is made once a round. Nets
 * take two thirds of the time, although another kernel has to put the results into their order.
 */
export function inLanes({ inputs, steps, results }: Program): Program {
  const places: number[] = []
  const made: Step[] = []
  const moved = (source: Source): Source => ("step" in source ? { step: places[source.step]! } : source)
  for (const [i, step] of steps.entries()) {
    const args = Object.fromEntries(Object.entries(step.args).map(([name, source]) => [name, moved(source)]))
    const turned = turnedStep({ ...step, args })
    made.push(turned ?? { ...step, args })
    if (turned) made.push(turnedBack(step, made.length - 1))
    places[i] = made.length - 1
  }
  return {
    inputs,
    steps: made,
    results: new Map(
      [...results].map(([value, { source, size }]) => [value, { source: moved(source), size }]),
    ),
  }
}

/**
 * The step with four outputs along x, positions along y and blocks of outputs along z, so that a block's
 * weights stay in the cache for all positions.
 *
 * @returns undefined where no argument is read in rounds, or the outputs do not fill their lanes (10 of 12
 * are not worth it)
 */
function turnedStep(step: Step): Step | undefined {
  const [positions, outputs, ...rest] = step.kernel.output
  if (rest.length === 0 || outputs! % LANES !== 0) return undefined
  let { body } = step.kernel
  const args: Record<string, Source> = {}
  let isTurned = false
  for (const [name, source] of Object.entries(step.args)) {
    if (!("data" in source) || source.rounds === undefined || source.rounds > MOST_ROUNDS) {
      args[name] = source
      continue
    }
    const { data, rounds } = source
    isTurned = true
    body = body.replace(new RegExp(`\\b${name}\\[(\\w+) \\* ${rounds} \\+ (\\d+)\\]`, "g"), `${name}$2[$1]`)
    for (let t = 0; t < rounds; t++) args[`${name}${t}`] = { data: everyOf(data, rounds, t) }
  }
  if (!isTurned) return undefined
  const blocks = outputs! / LANES
  const outer = count(rest)
  const coordinates = [
    "index position = y;",
    `index outer = ${outer === 1 ? "0" : `Math.floor((z + 0.5) / ${blocks})`};`,
    `index lane = (z - outer * ${blocks}) * ${LANES} + x;`,
  ]
  const renamed = body.replace(
    /(?<![.\w])[xyz]\b/g,
    (axis) => ({ x: "position", y: "lane", z: "outer" })[axis]!,
  )
  return {
    ...step,
    args,
    kernel: {
      output: [LANES, positions!, blocks * outer],
      args,
      body: [...coordinates, renamed].join("\n"),
    },
  }
}

/** Values in one line of a processor's cache. */
const LINE = 16

/**
 * Every `rounds`-th value from `first` on. The arrays lie one after the other and are read at the same index:
 * an odd number of cache lines each keeps those from falling onto one another.
 */
function everyOf(data: Float32Array, rounds: number, first: number): Float32Array {
  const length = data.length / rounds
  const values = new Float32Array((Math.ceil(length / LINE) | 1) * LINE)
  for (let i = 0; i < length; i++) values[i] = data[i * rounds + first]!
  return values
}

/** Blocks of outputs become outputs, one after the other. */
function turnedBack({ layer, kernel: { output } }: Step, from: number): Step {
  const [positions, outputs, ...rest] = output as [number, number, ...number[]]
  const args = { rows: { step: from } }
  const body = `return rows[y + x * ${LANES} + z * ${LANES * positions}];`
  return {
    layer,
    args,
    kernel: { output: [positions, LANES, (outputs / LANES) * count(rest)], args, body },
  }
}
