import { OnnxPlan } from "../../../src/engines/onnx/plan.js"
import { onnxAllowance } from "../../../src/engines/onnx/precision.js"
import type { OnnxRuntime } from "../../../src/engines/onnx/runtime.js"
import { graphOf } from "../../../src/formats/onnx/index.js"
import { callsOf } from "../../../src/layers/index.js"
import { Worst } from "../../oracle/worst.js"
import type { Case } from "../gpu/one-layer.js"

/**
 * Runs one layer by onnxruntime and measures every value of every top against the reference, the layer's
 * bound and the allowance.
 */
export async function check({ net, bottoms }: Case, runtime: OnnxRuntime): Promise<Worst> {
  const shapes = net.inputs.map((value, i): [string, readonly number[]] => [value.blob, bottoms[i]!.shape])
  const calls = callsOf(net, Object.fromEntries(shapes))
  const layer = net.layers.at(-1)!
  const { type, call } = calls.calls.get(layer)!
  const data = bottoms.map((bottom) => bottom.data)
  const expected = type.forward(call, data)
  const exact = data.map(({ length }) => new Float64Array(length))
  const bound = type.bound(call, data, expected, exact)
  const more = onnxAllowance(type.type)
  const plan = await OnnxPlan.open(runtime, graphOf(calls, layer.tops))
  try {
    const results = await plan.run(new Map(net.inputs.map((value, i) => [value, data[i]!])))
    const worst = new Worst()
    layer.tops.forEach((top, t) => {
      const got = results.get(top)!
      if (got.length !== expected[t]!.length) throw new RangeError(`${got.length} values`)
      // Two evaluations of the same expression may err to either side.
      worst.add(got, expected[t]!, (at) => 2 * bound[t]![at]! + (more?.(data[0]![at]!) ?? 0))
    })
    return worst
  } finally {
    await plan.dispose()
  }
}
