import { type NetCalls, needed } from "../layers/index.js"
import { count, type Layer, type Value } from "../net/index.js"
import type { Engine, Plan } from "./engine.js"
import { pacer } from "./pace.js"

export { needed }

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

/** Runs layer after layer and drops every value after its last use, so memory follows the widest point of the net. */
async function evaluate(
  { net, calls, shapes }: NetCalls,
  layers: readonly Layer[],
  inputs: ReadonlyMap<Value, Float32Array>,
  wanted: readonly Value[],
): Promise<Map<Value, Float32Array>> {
  const keep = new Set(wanted)
  const data = new Map<Value, Float32Array>()
  const uses = new Map<Value, number>()
  const running = new Set(layers)
  const pace = pacer()
  for (const layer of layers) {
    const tops =
      layer.type === "Input"
        ? layer.tops.map((top) => given(inputs, top, count(shapes.get(top)!)))
        : run(layer)
    layer.tops.forEach((top, i) => {
      data.set(top, tops[i]!)
      uses.set(top, net.consumers(top).filter((consumer) => running.has(consumer)).length)
    })
    for (const bottom of layer.bottoms) {
      const left = uses.get(bottom)! - 1
      uses.set(bottom, left)
      if (left === 0 && !keep.has(bottom)) data.delete(bottom)
    }
    await pace()
  }
  return new Map(wanted.map((value) => [value, data.get(value)!]))

  function run(layer: Layer): Float32Array[] {
    const { type, call } = calls.get(layer)!
    return type.forward(
      call,
      layer.bottoms.map((bottom) => data.get(bottom)!),
    )
  }
}

function given(inputs: ReadonlyMap<Value, Float32Array>, top: Value, length: number): Float32Array {
  const data = inputs.get(top)
  if (data === undefined) throw new RangeError(`no data for input ${top.blob}`)
  if (data.length !== length)
    throw new RangeError(`input ${top.blob} has ${data.length} values, needs ${length}`)
  return data
}
