import { PrelabError } from "../error.js"
import { count, formatShape, sameShape } from "../net/index.js"
import {
  gateStatements,
  productError,
  sigmoidGate,
  sigmoidGateError,
  sigmoidNodes,
  sumError,
  tanhGate,
  tanhGateError,
} from "./gates.js"
import type { GpuArgument, GpuKernel } from "./gpu-kernel.js"
import { defineLayer } from "./layer-type.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { tanhStatements } from "./tan-h.js"

const { fround } = Math

/**
 * The cells of one time step: what they held, the inputs of their gates i, f, o and g in runs of `units`, and
 * what is carried on.
 */
export interface Cells<F> {
  readonly before: F
  readonly gates: F
  /** One number a stream: 0 where a sequence begins, 1 where it goes on. */
  readonly cont: F
}

/** Calls `visit(unit, its gate i, its stream)`; the gates f, o and g follow i at distances of `units`. */
function eachUnit(length: number, units: number, visit: (at: number, gate: number, stream: number) => void) {
  for (let at = 0; at < length; at++) {
    const stream = Math.floor(at / units)
    visit(at, at + 3 * units * stream, stream)
  }
}

/**
 * c = cont f c' + i g and h = o tanh c with i, f, o the sigmoids and g the tanh of the gates' inputs, each
 * rounded to float32 as lstm_unit_layer.cpp stores it. Where cont is 0, f is 0 whatever its input.
 */
export function unitForward({ before, gates, cont }: Cells<Float32Array>, units: number) {
  const cell = new Float32Array(before.length)
  const hidden = new Float32Array(before.length)
  eachUnit(before.length, units, (at, gate, stream) => {
    const sigmoid = (n: number) => fround(sigmoidGate(gates[gate + n * units]!))
    const goesOn = cont[stream]!
    const kept = goesOn === 0 ? 0 : fround(goesOn * sigmoid(1))
    const added = fround(sigmoid(0) * fround(tanhGate(gates[gate + 3 * units]!)))
    cell[at] = fround(kept * before[at]!) + added
    hidden[at] = sigmoid(2) * fround(tanhGate(cell[at]!))
  })
  return { cell, hidden }
}

/**
 * From the diffs of both to those of the cells before and of the gates' inputs, each rounded where Caffe
 * stores it.
 */
export function unitBackward(
  { before, gates, cont }: Cells<Float32Array>,
  diffs: { readonly cell: Float32Array; readonly hidden: Float32Array },
  units: number,
) {
  const { cell } = unitForward({ before, gates, cont }, units)
  const onBefore = new Float32Array(before.length)
  const onGates = new Float32Array(gates.length)
  eachUnit(before.length, units, (at, gate, stream) => {
    const sigmoid = (n: number) => fround(sigmoidGate(gates[gate + n * units]!))
    const goesOn = cont[stream]!
    const [i, o, g] = [sigmoid(0), sigmoid(2), fround(tanhGate(gates[gate + 3 * units]!))]
    const f = goesOn === 0 ? 0 : fround(goesOn * sigmoid(1))
    const squashed = fround(tanhGate(cell[at]!))
    const onCell = fround(diffs.cell[at]! + fround(diffs.hidden[at]! * o * (1 - squashed * squashed)))
    onBefore[at] = onCell * f
    onGates[gate] = onCell * g * i * (1 - i)
    onGates[gate + units] = onCell * before[at]! * f * (1 - f)
    onGates[gate + 2 * units] = diffs.hidden[at]! * squashed * o * (1 - o)
    onGates[gate + 3 * units] = onCell * i * (1 - g * g)
  })
  return { before: onBefore, gates: onGates }
}

/** How far both may be off; `after` is the computed cell. */
export function unitBound(
  { before, gates, cont }: Cells<Float32Array>,
  after: Float32Array,
  errors: Cells<Float64Array>,
  units: number,
) {
  const cell = new Float64Array(before.length)
  const hidden = new Float64Array(before.length)
  eachUnit(before.length, units, (at, gate, stream) => {
    const sigmoid = (n: number) => sigmoidOff(gates[gate + n * units]!, errors.gates[gate + n * units]!)
    const goesOn = { value: cont[stream]!, error: errors.cont[stream]! }
    const begins = goesOn.value === 0 && goesOn.error === 0
    const kept = begins ? goesOn : product(goesOn, sigmoid(1))
    const carried = product(kept, { value: before[at]!, error: errors.before[at]! })
    const added = product(sigmoid(0), tanhOff(gates[gate + 3 * units]!, errors.gates[gate + 3 * units]!))
    cell[at] = sumError(1, Math.abs(carried.value) + Math.abs(added.value), carried.error + added.error)
    hidden[at] = product(sigmoid(2), tanhOff(after[at]!, cell[at]!)).error
  })
  return { cell, hidden }
}

/** A value and how far it may be off. */
interface Off {
  readonly value: number
  readonly error: number
}

function sigmoidOff(x: number, error: number): Off {
  return { value: sigmoidGate(x), error: sigmoidGateError(x, error) }
}

function tanhOff(x: number, error: number): Off {
  return { value: tanhGate(x), error: tanhGateError(x, error) }
}

function product(a: Off, b: Off): Off {
  return { value: a.value * b.value, error: productError(a.value, a.error, b.value, b.error) }
}

/** Both by ONNX nodes: `before` [N, H], `gates` [N, 4 H] and `cont` [N, 1]. */
export function unitNodes(onnx: OnnxNodes, { before, gates, cont }: Cells<OnnxValue>, units: number) {
  const extents = onnx.ints("extents", new Array(4).fill(units))
  const inputs = onnx.addMany("Split", [gates, extents], 4, { axis: 1 })
  const [input, forget, output] = inputs.slice(0, 3).map((gate) => sigmoidNodes(onnx, gate))
  const kept = onnx.add("Mul", [onnx.add("Mul", [cont, forget]), before])
  const cell = onnx.add("Add", [kept, onnx.add("Mul", [input, onnx.add("Tanh", [inputs[3]])])])
  return { cell, hidden: onnx.add("Mul", [output, onnx.add("Tanh", [cell])]) }
}

/** Kernel statements for `gate`: the gate of a sum `v` at column x of [streams, 4 units]. */
export function unitGate(units: number): string {
  return gateStatements(`x < ${3 * units}`)
}

/**
 * The kernel of the cells, from gates that are through their functions. The streams' `cont` begins at `row`.
 */
export function cellKernel(args: Cells<GpuArgument>, units: number, streams: number, row = 0): GpuKernel {
  return {
    output: [units, streams],
    args: { before: args.before, gates: args.gates, cont: args.cont },
    body: `
      const at = y * ${4 * units} + x;
      const goesOn = cont[y + ${row}];
      let kept = 0;
      if (goesOn != 0) { kept = goesOn * gates[at + ${units}]; }
      return kept * before[y * ${units} + x] + gates[at] * gates[at + ${3 * units}];`,
  }
}

export function hiddenKernel(
  args: { gates: GpuArgument; cell: GpuArgument },
  units: number,
  streams: number,
): GpuKernel {
  return {
    output: [units, streams],
    args: { gates: args.gates, cell: args.cell },
    body: `
      const v = cell[y * ${units} + x];
      ${tanhStatements("v")}
      return gates[y * ${4 * units} + ${2 * units} + x] * result;`,
  }
}

/**
 * LSTMUnit: one time step of an LSTM's cells, lstm_unit_layer.cpp. Bottoms: cells before [1, N, H], inputs of
 * the gates [1, N, 4 H], cont [1, N]. Tops: the cells, and the hidden state.
 */
export const lstmUnit = defineLayer<null>({
  type: "LSTMUnit",
  parse: () => null,

  shape({ bottoms: [before, gates, cont] }) {
    const [steps, streams, units] = before!
    const wanted = [
      [1, streams!, units!],
      [1, streams!, 4 * units!],
      [1, streams!],
    ]
    const wrong = [before!, gates!, cont!].findIndex((shape, i) => !sameShape(shape, wanted[i]!))
    if (before!.length !== 3 || steps !== 1)
      throw new PrelabError("cells need one time step", formatShape(before!))
    if (wrong >= 0)
      throw new PrelabError(
        "shape mismatch",
        `${formatShape([before!, gates!, cont!][wrong]!)}, LSTMUnit has ${formatShape(wanted[wrong]!)}`,
      )
    return [[...before!], [...before!]]
  },

  forward({ tops }, [before, gates, cont]) {
    const { cell, hidden } = unitForward({ before: before!, gates: gates!, cont: cont! }, tops[0]![2]!)
    return [cell, hidden]
  },

  backward(call, { bottoms: [before, gates, cont], topDiffs: [onCell, onHidden] }) {
    const values = { before: before!, gates: gates!, cont: cont! }
    const diffs = unitBackward(values, { cell: onCell!, hidden: onHidden! }, call.tops[0]![2]!)
    return { bottomDiffs: [diffs.before, diffs.gates] }
  },

  dataOnly: { 2: "sequence indicators" },

  bound({ tops }, [before, gates, cont], [after], [eBefore, eGates, eCont]) {
    const errors = { before: eBefore!, gates: eGates!, cont: eCont! }
    const { cell, hidden } = unitBound(
      { before: before!, gates: gates!, cont: cont! },
      after!,
      errors,
      tops[0]![2]!,
    )
    return [cell, hidden]
  },

  onnx({ bottoms: [before, gates, cont], tops: [top] }, onnx, [values, inputs, goesOn]) {
    const [, streams, units] = top as [number, number, number]
    const cells = {
      before: onnx.reshape(values!, before!, [streams, units]),
      gates: onnx.reshape(inputs!, gates!, [streams, 4 * units]),
      cont: onnx.reshape(goesOn!, cont!, [streams, 1]),
    }
    const { cell, hidden } = unitNodes(onnx, cells, units)
    return [cell, hidden].map((value) => onnx.reshape(value, [streams, units], top!))
  },

  gpu({ tops }) {
    const [, streams, units] = tops[0] as [number, number, number]
    const activated: GpuKernel = {
      output: [4 * units, streams],
      args: { bottom: { bottom: 1 } },
      body: `
        const v = bottom[y * ${4 * units} + x];
        ${unitGate(units)}
        return gate;`,
    }
    const args = { before: { bottom: 0 }, gates: { kernel: 0 }, cont: { bottom: 2 } }
    return [
      activated,
      { ...cellKernel(args, units, streams), top: 0 },
      { ...hiddenKernel({ gates: { kernel: 0 }, cell: { kernel: 1 } }, units, streams), top: 1 },
    ]
  },

  macs: ({ tops }) => 4 * count(tops[0]!),
})
