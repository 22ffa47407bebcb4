import {
  cellKernel,
  hiddenKernel,
  unitBackward,
  unitBound,
  unitForward,
  unitGate,
  unitNodes,
} from "./lstm-unit.js"
import { defineRecurrent } from "./recurrent.js"

/**
 * LSTM, lstm_layer.cpp; Hochreiter & Schmidhuber 1997, with forget gates. Inputs of the gates i, f, o, g:
 * W_hc (cont h) + W_xc x + b_c, and W_xc_static x_static where there is a static input. Then c = cont f c + i
 * g and h = o tanh c. Blobs, H = num_output: W_xc [4 H, D], b_c [4 H], W_xc_static [4 H, S] if there is one,
 * W_hc [4 H, H]. Exposed state: h, c.
 */
export const lstm = defineRecurrent({
  type: "LSTM",
  gates: 4,
  state: 2,
  outputShapes: () => [],
  macs: (units) => 4 * units,

  at: (units) => ({
    forward({ gates, cont, before }) {
      const { cell, hidden } = unitForward({ before: before[1]!, gates, cont }, units)
      return { state: [hidden, cell], output: hidden }
    },

    backward({ gates, cont, before }, _after, { state: [onHidden, onCell], output }) {
      const hidden = onHidden!.map((d, i) => d + output[i]!)
      const values = { before: before[1]!, gates, cont }
      const diffs = unitBackward(values, { cell: onCell!, hidden }, units)
      return { gates: diffs.gates, before: [undefined, diffs.before] }
    },

    bound({ gates, cont, before }, after, errors) {
      const values = { before: before[1]!, gates, cont }
      const off = { before: errors.before[1]!, gates: errors.gates, cont: errors.cont }
      const { cell, hidden } = unitBound(values, after.state[1]!, off, units)
      return { state: [hidden, cell], output: hidden }
    },

    constants: () => [],

    nodes(onnx, { gates, cont, before }) {
      const { cell, hidden } = unitNodes(onnx, { gates, cont, before: before[1]! }, units)
      return { state: [hidden, cell], output: hidden }
    },

    kernels: (list, streams) => ({
      gateStatements: unitGate(units),
      after({ gates, cont, before }, row) {
        const cell = list.add(cellKernel({ before: before[1]!, gates, cont }, units, streams, row))
        const hidden = list.add(hiddenKernel({ gates, cell }, units, streams))
        return { state: [hidden, cell], output: hidden }
      },
    }),
  }),
})
