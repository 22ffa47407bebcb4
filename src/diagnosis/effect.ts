import { feed } from "../engines/feed.js"
import { evaluate } from "../equivalence/evaluate.js"
import { isLarge, probesFor } from "../equivalence/probes.js"
import { farthest, largestOf } from "../equivalence/rounding-floor.js"
import { type Blob, count, type Layer, type Net, type Value } from "../net/index.js"
import type { Pair } from "./align.js"
import { endOf, layersOf } from "./blocks.js"
import type { Case } from "./case.js"
import type { Difference, Finding } from "./finding.js"

type Data = ReadonlyMap<Value, Float32Array>

/** A large net runs from end to end for so many findings only. */
const FEW = 3

/** Signed images, and numbers small enough that a Softmax at the end does not saturate. */
const PROBES: readonly string[] = ["image", "normal"]

/** What one finding does by itself: the original net run with some blocks of the merged net in it. */
export class Effects {
  readonly #nets: Case
  /** All of the original's values, once for every probe. */
  readonly #runs: readonly Data[]
  #left: number

  /** @param inputs the reader's own data by input name; random images without */
  constructor(nets: Case, inputs: Readonly<Record<string, Blob>>) {
    const { a } = nets
    this.#nets = nets
    const large = isLarge(a)
    this.#left = large ? FEW : Number.POSITIVE_INFINITY
    const shapes = Object.fromEntries(a.net.inputs.map((value) => [value.blob, a.shapes.get(value)!]))
    const random = probesFor(shapes, large, 1).filter(({ name }) => PROBES.includes(name))
    const feeds = Object.keys(inputs).length > 0 ? [inputs] : random.map((probe) => probe.inputs)
    this.#runs = feeds.map((data) => evaluate(a, runLayers(a.net.layers), feed(a.net, data), a.net.values))
  }

  /** Undefined where a block has no counterpart to exchange, and for all but the first findings in a large net. */
  of(region: readonly Pair[]): Finding["effect"] {
    if (region.length === 0 || this.#left-- <= 0) return undefined
    const effects = this.#runs.flatMap((values) => this.#effect(region, values) ?? [])
    if (effects.length === 0) return undefined
    return effects.reduce((most, each) => (relative(each.output) > relative(most.output) ? each : most))
  }

  #effect(region: readonly Pair[], values: Data): Finding["effect"] {
    const last = endOf(region.at(-1)!.a)
    const made = this.#exchange(region, values)
    if (!last || made?.length !== values.get(last)!.length) return undefined
    const { a } = this.#nets
    // What the value does not reach stays as it was.
    const after = new Map(values).set(last, made)
    const reached = reachedFrom(a.net, last)
    const outputs = evaluate(a, reached, after, a.net.outputs)
    const differences = a.net.outputs.map((value) => difference(value, values, outputs.get(value)!))
    const output = differences.reduce((most, each) => (relative(each) > relative(most) ? each : most))
    return { here: difference(last, values, made!), output }
  }

  /** What the merged net's blocks make of the original's values: the last one's end. */
  #exchange(region: readonly Pair[], values: Data): Float32Array | undefined {
    const { b } = this.#nets
    const made = new Map<Value, Float32Array>()
    for (const pair of region) {
      const layers = runLayers(layersOf(pair.b))
      const inside = new Set(layers.flatMap(({ tops }) => tops))
      const end = endOf(pair.b)
      const bottoms = layers.flatMap(({ bottoms }) => bottoms).filter((value) => !inside.has(value))
      const given = new Map<Value, Float32Array>()
      for (const value of [...bottoms, ...(end && !inside.has(end) ? [end] : [])]) {
        const data = made.get(value) ?? this.#counterpart(value, values)
        if (!data || data.length !== count(b.shapes.get(value)!)) return undefined
        given.set(value, data)
      }
      if (!end) return undefined
      made.set(end, evaluate(b, layers, given, [end]).get(end)!)
    }
    return made.get(endOf(region.at(-1)!.b)!)
  }

  /** The original's value in this one's place. */
  #counterpart(value: Value, values: Data): Float32Array | undefined {
    const position = this.#nets.positionsB.get(value)
    const pair = position && this.#nets.pairOf(position.block)
    if (!position || !pair) return undefined
    const many = pair.a.anchor.tops.length > 1
    // An input is what was fed, whatever maps stand behind it.
    const isInput = pair.a.kind === "Input"
    const mine = many || isInput ? pair.a.anchor.tops[position.top] : endOf(pair.a)
    return mine && values.get(mine)
  }
}

/** The layers that a value flows through. */
function reachedFrom({ layers }: Net, from: Value): Layer[] {
  const values = new Set([from])
  return layers.filter(({ bottoms, tops }) => {
    if (!bottoms.some((bottom) => values.has(bottom))) return false
    for (const top of tops) values.add(top)
    return true
  })
}

function runLayers(layers: readonly Layer[]): Layer[] {
  return layers.filter(({ type }) => type !== "Input")
}

function difference(value: Value, values: Data, data: Float32Array): Difference {
  const own = values.get(value)!
  return { blob: value.blob, difference: farthest(own, data), largest: largestOf(own) }
}

function relative({ difference, largest }: Difference): number {
  return difference === 0 ? 0 : difference / largest
}
