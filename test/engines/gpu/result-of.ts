import { type Backend, engineOf } from "../../../src/engines/index.js"
import { callsOf } from "../../../src/layers/index.js"
import type { Case } from "./one-layer.js"

/** The first output of a case on a gpu.js backend. */
export async function resultOf({ net, bottoms }: Case, backend: Backend): Promise<number[]> {
  const plan = await engineOf("gpu").compile(callsOf(net), net.outputs, { backend })
  try {
    const results = await plan.run(new Map(net.inputs.map((value, i) => [value, bottoms[i]!.data])))
    return [...results.get(net.outputs[0]!)!]
  } finally {
    await plan.dispose()
  }
}
