import { tanhGateError } from "./gates.js"
import { LinearMap } from "./linear-map.js"
import { defineRecurrent } from "./recurrent.js"
import { tanhStatements } from "./tan-h.js"

/** How far tanh may be off at inputs that may be. */
function tanhErrors(inputs: Float32Array, errors: Float64Array): Float64Array {
  return errors.map((error, i) => tanhGateError(inputs[i]!, error))
}

/**
 * RNN, rnn_layer.cpp: h = tanh(W_hh (cont h) + W_xh x + b_h), and W_xh_static x_static inside where there is
 * a static input; o = tanh(W_ho h + b_o). Blobs, H = num_output: W_xh [H, D], b_h [H], W_xh_static [H, S] if
 * there is one, W_hh [H, H], W_ho [H, H], b_o [H]. Exposed state: h.
 */
export const rnn = defineRecurrent({
  type: "RNN",
  gates: 1,
  state: 1,
  outputShapes: (units) => [[units, units], [units]],
  macs: (units) => units * units,

  at(units, [weight, bias]) {
    const toOutput = new LinearMap(weight!, bias)
    return {
      forward({ gates }) {
        const hidden = gates.map(Math.tanh)
        return { state: [hidden], output: toOutput.apply(hidden).map(Math.tanh) }
      },

      backward(_step, { state: [hidden], output }, { state: [onHidden], output: onOutput }) {
        const beforeOutput = onOutput.map((d, i) => d * (1 - output[i]! * output[i]!))
        const fromOutput = toOutput.inputDiff(beforeOutput)
        const inside = onHidden!.map(
          (d, i) => Math.fround(d + fromOutput[i]!) * (1 - hidden![i]! * hidden![i]!),
        )
        return { gates: inside, before: [undefined], toOutput: beforeOutput }
      },

      toOutput,

      bound({ gates }, { state: [hidden] }, errors) {
        const onHidden = tanhErrors(gates, errors.gates)
        const onOutput = tanhErrors(toOutput.apply(hidden!), toOutput.bound(hidden!, onHidden))
        return { state: [onHidden], output: onOutput }
      },

      constants: (onnx) => toOutput.constants(onnx),

      nodes(onnx, { gates }, constants) {
        const hidden = onnx.add("Tanh", [gates])
        return { state: [hidden], output: onnx.add("Tanh", [toOutput.nodes(onnx, hidden, constants)]) }
      },

      kernels(list, streams) {
        const held = list.add(toOutput.weightKernel())
        return {
          gateStatements: `${tanhStatements("v")}
            const gate = result;`,
          after({ gates: hidden }) {
            const output = list.add({
              output: [units, streams],
              args: { hidden, ...toOutput.args(held) },
              body: `
                ${toOutput.statements(`hidden[y * ${units} + k]`)}
                ${tanhStatements("v")}
                return result;`,
            })
            return { state: [hidden], output }
          },
        }
      },
    }
  },
})
