import { type NetCalls, needed } from "../layers/index.js"
import { count, type Layer, type Value } from "../net/index.js"
import type { Engine, Plan } from "./engine.js"
import { givenFor } from "./feed.js"
import { countUses, LiveValues } from "./live-values.js"
import { pacer } from "./pace.js"

/** The plain TypeScript engine: most accurate, runs everywhere, the yardstick of the others. */
export const reference: Engine = {
  name: "reference",

  async compile(calls, wanted): Promise<Plan> {
    const layers = needed(calls, wanted)
    for (const layer of layers) {
      const problem = calls.problems.get(layer)
      if (problem) throw problem
    }
    return {
      engine: "reference",
      backend: "typescript",
      run: async (inputs) => evaluate(calls, layers, inputs, wanted),
      dispose() {},
    }
  },
}

/** Runs layer after layer. */
async function evaluate(
  { calls, shapes }: NetCalls,
  layers: readonly Layer[],
  inputs: ReadonlyMap<Value, Float32Array>,
  wanted: readonly Value[],
): Promise<Map<Value, Float32Array>> {
  const values = new LiveValues(countUses([...layers.map(({ bottoms }) => bottoms), wanted]))
  const pace = pacer()
  for (const layer of layers) {
    const tops =
      layer.type === "Input"
        ? layer.tops.map((top) => givenFor(inputs, top, count(shapes.get(top)!)))
        : run(layer)
    layer.tops.forEach((top, i) => {
      values.set(top, tops[i]!)
    })
    values.release(layer.bottoms)
    await pace()
  }
  // Layers that change nothing pass on the very array; the caller may use its own again.
  const callers = new Set(inputs.values())
  return new Map(
    wanted.map((value) => {
      const data = values.get(value)
      return [value, callers.has(data) ? data.slice() : data]
    }),
  )

  function run(layer: Layer): Float32Array[] {
    const { type, call } = calls.get(layer)!
    return type.forward(
      call,
      layer.bottoms.map((bottom) => values.get(bottom)),
    )
  }
}
