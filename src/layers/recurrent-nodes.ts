import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import type { Parts } from "./recurrent.js"

/**
 * The ONNX nodes of a recurrent layer, step after step as Caffe unrolls it. ONNX has an LSTM and an RNN of
 * its own, but they cannot begin a new sequence in the middle, as `cont` says.
 */
export function recurrentNodes(
  parts: Parts,
  states: number,
  onnx: OnnxNodes,
  bottoms: readonly OnnxValue[],
): { outputs: OnnxValue; state: readonly OnnxValue[] } {
  const { steps, streams, units, given, input, still, hidden, cell } = parts
  const rows = (value: OnnxValue, shape: readonly number[]) =>
    onnx.add("Reshape", [value, onnx.ints("shape", shape)])
  const eachStep = (value: OnnxValue) =>
    onnx.addMany("Split", [value, onnx.ints("extents", new Array(steps).fill(streams))], steps, { axis: 0 })

  const x = eachStep(input.nodes(onnx, rows(bottoms[0]!, [steps * streams, input.inputs])))
  const cont = eachStep(rows(bottoms[1]!, [steps * streams, 1]))
  const fromStill = still?.nodes(onnx, rows(bottoms[2]!, [streams, still.inputs]))
  const weight = hidden.constants(onnx)
  const constants = cell.constants(onnx)
  let state: readonly OnnxValue[] = Array.from({ length: states }, (_, i) =>
    given === undefined ? onnx.filled(0, [streams, units]) : rows(bottoms[given + i]!, [streams, units]),
  )
  const outputs: OnnxValue[] = []
  for (let t = 0; t < steps; t++) {
    const fromHidden = hidden.nodes(onnx, onnx.add("Mul", [state[0], cont[t]]), weight)
    const sum = onnx.add("Add", [fromHidden, x[t]])
    const after = cell.nodes(
      onnx,
      { gates: fromStill ? onnx.add("Add", [sum, fromStill]) : sum, cont: cont[t]!, before: state },
      constants,
    )
    state = after.state
    outputs.push(after.output)
  }
  return { outputs: onnx.add("Concat", outputs, { axis: 0 }), state }
}
