import { allowance, lostBelow } from "../../../src/engines/gpu/precision.js"
import { type Backend, type EngineName, engineOf } from "../../../src/engines/index.js"
import { callsOf } from "../../../src/layers/index.js"
import type { Case } from "./one-layer.js"

export interface Checked {
  readonly name: string
  readonly backend: string
  readonly detail: string | undefined
  /**
   * Largest difference from the reference over what both may round; at most 1 is right. NaN where a value is
   * not a number.
   */
  readonly ratio: number
}

/**
 * Runs one layer on a backend and measures every value of every top against the reference and the layer's own
 * bound.
 */
export async function check(
  { name, net, bottoms }: Case,
  backend: Backend,
  engine: EngineName = "gpu",
): Promise<Checked> {
  const calls = callsOf(
    net,
    Object.fromEntries(net.inputs.map((value, i) => [value.blob, bottoms[i]!.shape])),
  )
  const layer = net.layers.at(-1)!
  const problem = calls.problems.get(layer)
  if (problem) throw problem
  const { type, call } = calls.calls.get(layer)!
  const data = bottoms.map((bottom) => bottom.data)
  const expected = type.forward(call, data)
  const bound = type.bound(
    call,
    data,
    expected,
    data.map((values) => new Float64Array(values.length)),
  )
  const ulps = allowance(backend, type.type)
  const plan = await engineOf(engine).compile(calls, layer.tops, { backend })
  try {
    const results = await plan.run(new Map(net.inputs.map((value, i) => [value, data[i]!])))
    let ratio = 0
    for (const [t, top] of layer.tops.entries()) {
      const got = results.get(top)!
      if (got.length !== expected[t]!.length)
        throw new RangeError(`${got.length} values, expected ${expected[t]!.length}`)
      for (const [i, want] of expected[t]!.entries()) {
        const difference = Math.abs(got[i]! - want)
        // The bound is each side's own distance from the exact result.
        const limit = 2 * bound[t]![i]! + ulps * 2 ** -23 * Math.abs(want) + lostBelow(backend)
        const share = difference === 0 ? 0 : difference / limit
        if (!(share <= ratio)) ratio = share
      }
    }
    return { name, backend: plan.backend, detail: plan.detail, ratio }
  } finally {
    await plan.dispose()
  }
}
