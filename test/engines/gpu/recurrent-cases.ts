import type { Shape } from "../../../src/net/index.js"
import { type Case, oneLayer } from "./one-layer.js"

interface Sizes {
  readonly steps: number
  readonly streams: number
  readonly units: number
  readonly inputs: Shape
  readonly still?: number
  readonly exposed?: boolean
  /** What weights and biases, random between -2 and 2, are multiplied by. */
  readonly size?: number
}

/** One recurrent layer; about a third of its steps begin a sequence, and a few indicators lie between. */
function recurrent(type: "LSTM" | "RNN", name: string, sizes: Sizes): Case {
  const { steps, streams, units, inputs, still, exposed = false, size = 0.5 } = sizes
  const gates = (type === "LSTM" ? 4 : 1) * units
  const state: Shape[] = exposed ? Array(type === "LSTM" ? 2 : 1).fill([1, streams, units]) : []
  const fan = inputs.reduce((product, extent) => product * extent, 1)
  return oneLayer(type, name, {
    message: { recurrent_param: { num_output: units, expose_hidden: exposed } },
    bottoms: [[steps, streams, ...inputs], [steps, streams], ...(still ? [[streams, still]] : []), ...state],
    blobs: [
      [gates, fan],
      [gates],
      ...(still ? [[gates, still]] : []),
      [gates, units],
      ...(type === "RNN" ? [[units, units], [units]] : []),
    ],
    tops: 1 + state.length,
    fill(data, role, index) {
      if (role === "blob") data.set(data.map((v) => v * size))
      if (role === "bottom" && index === 1) data.set(data.map((_, i) => [1, 0, 1, 1, 0.5, 0][i % 6]!))
    },
  })
}

const small = { steps: 5, streams: 2, units: 3, inputs: [4] }

/** Layers over time. */
export const recurrentCases: readonly Case[] = [
  ...(["LSTM", "RNN"] as const).flatMap((type) => [
    recurrent(type, "a few steps", small),
    recurrent(type, "one step, exposed state", { ...small, steps: 1, exposed: true }),
    recurrent(type, "exposed state", { ...small, exposed: true }),
    recurrent(type, "static input", { ...small, still: 6 }),
    recurrent(type, "static input, exposed state", { ...small, still: 6, exposed: true, inputs: [2, 3] }),
    recurrent(type, "one stream, one unit", { steps: 3, streams: 1, units: 1, inputs: [1] }),
    recurrent(type, "more steps than one kernel joins", { ...small, steps: 60 }),
    recurrent(type, "gates wide open or shut", { ...small, size: 8 }),
    recurrent(type, "enough units for several threads", {
      steps: 2,
      streams: 17,
      units: 66,
      inputs: [130],
      size: 0.02,
    }),
    recurrent(type, "more than 1,000 inputs", { ...small, inputs: [1100], size: 0.01 }),
  ]),
  oneLayer("LSTMUnit", "gates of all sizes", {
    bottoms: [
      [1, 40, 5],
      [1, 40, 20],
      [1, 40],
    ],
    tops: 2,
    fill(data, role, index) {
      if (role === "bottom" && index === 2) data.set(data.map((_, i) => i % 3))
    },
  }),
]
