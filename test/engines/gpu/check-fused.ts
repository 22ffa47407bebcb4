import { gpu } from "../../../src/engines/gpu/index.js"
import { programOf } from "../../../src/engines/gpu/program.js"
import type { Backend } from "../../../src/engines/index.js"
import { evaluateBounded } from "../../../src/equivalence/evaluate.js"
import { pieceBound } from "../../../src/equivalence/piece-bound.js"
import { callsOf } from "../../../src/layers/index.js"
import type { Net, Value } from "../../../src/net/index.js"
import { generator } from "./one-layer.js"
import { inputOf, randomChains } from "./random-chains.js"

export interface Fused {
  readonly seed: number
  readonly backend: string
  /** Kernels of the plan of wanted values, and of that of every value. */
  readonly steps: number
  readonly all: number
  /** Largest difference from the reference over what both may round; at most 1 is right. */
  readonly ratio: number
}

/**
 * Runs a random net as one plan, outputs and some values in between wanted, and compares these with the
 * reference.
 */
export async function checkFused(seed: number, backend: Backend): Promise<Fused> {
  const net = randomChains(seed)
  const random = generator(`wanted ${seed}`)
  const calls = callsOf(net)
  const between = net.values.filter((value) => !net.inputs.includes(value) && random() < 0.15)
  const wanted = [...new Set([...net.outputs, ...between])]
  const feed = new Map([[net.inputs[0]!, inputOf(net, seed)]])
  const plan = await gpu.compile(calls, wanted, { backend })
  try {
    const results = await plan.run(feed)
    const expected = carried(net, feed, backend)
    let ratio = 0
    for (const value of wanted) {
      const { data, error } = expected.get(value)!
      for (const [i, v] of results.get(value)!.entries()) {
        const difference = Math.abs(v - data[i]!)
        // Each side's own distance from the exact result.
        const share = difference === 0 ? 0 : difference / (2 * error[i]!)
        if (!(share <= ratio)) ratio = share
      }
    }
    const steps = programOf(calls, wanted).steps.length
    return { seed, backend: plan.backend, steps, all: programOf(calls, net.values).steps.length, ratio }
  } finally {
    await plan.dispose()
  }
}

/** Every value by the reference, and how far evaluation in float32 may be off, carried from layer to layer. */
function carried(net: Net, feed: ReadonlyMap<Value, Float32Array>, backend: Backend) {
  const calls = callsOf(net)
  const layers = net.layers.filter(({ type }) => type !== "Input")
  return evaluateBounded(
    calls,
    layers,
    feed,
    net.values,
    pieceBound(calls, undefined, { engine: "gpu", backend }),
  )
}
