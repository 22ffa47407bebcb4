import { PrelabError } from "../error.js"
import { type Blob, count, formatShape, type Message, type Shape, sameShape } from "../net/index.js"
import { productError, sumError } from "./gates.js"
import { type AnyLayerType, type BackwardPass, type Call, type Diffs, defineLayer } from "./layer-type.js"
import { biasDiff } from "./linear-diffs.js"
import { LinearMap } from "./linear-map.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"
import { type KernelList, recurrentKernels, type StepKernels } from "./recurrent-kernels.js"
import { recurrentNodes } from "./recurrent-nodes.js"

export interface RecurrentParams {
  readonly numOutput: number
  /** The state before the first step is given by bottoms, and the state after the last handed out by tops. */
  readonly exposeHidden: boolean
}

/**
 * One time step at the gates: their inputs [N, gates H], cont [N] and the state before, hidden state first,
 * [N, H] each.
 */
export interface Step<F> {
  readonly gates: F
  readonly cont: F
  readonly before: readonly F[]
}

/** What a step leaves: the state, hidden state first, and the step's output, [N, H] each. */
export interface After<F> {
  readonly state: readonly F[]
  readonly output: F
}

/** The diffs of what a step reads, and of the inputs of its output's own weights where it has such. */
export interface StepDiffs {
  readonly gates: Float32Array
  /** Of the state before, apart from what comes through the gates. */
  readonly before: readonly (Float32Array | undefined)[]
  readonly toOutput?: Float32Array
}

/**
 * What one kind of recurrent net does with the inputs of its gates: the rest, up to there, is the same for
 * all.
 */
export interface Cell {
  readonly type: string
  /** Gates of each unit. */
  readonly gates: number
  /** Blobs of the state: Caffe's h_0, c_0. */
  readonly state: number
  /** Shapes of the blobs after the weights of the hidden state. */
  outputShapes(units: number): Shape[]
  /** Multiplications of one stream's step after those of the gates. */
  macs(units: number): number
  /** The cell at its own blobs. */
  at(units: number, outputBlobs: readonly Blob[]): CellAt
}

export interface CellAt {
  forward(step: Step<Float32Array>): After<Float32Array>
  /** From the diffs of what a step left to those of what it read. */
  backward(step: Step<Float32Array>, after: After<Float32Array>, diffs: After<Float32Array>): StepDiffs
  /** The weights between the hidden state and the output, where there are any. */
  readonly toOutput?: LinearMap
  /** How far each result may be off; `after` are the computed values. */
  bound(step: Step<Float32Array>, after: After<Float32Array>, errors: Step<Float64Array>): After<Float64Array>
  /** The ONNX constants of the cell's own blobs. */
  constants(onnx: OnnxNodes): readonly OnnxValue[]
  /** The ONNX nodes of one step; its `cont` is [N, 1]. */
  nodes(onnx: OnnxNodes, step: Step<OnnxValue>, constants: readonly OnnxValue[]): After<OnnxValue>
  /** Adds what all steps share, and returns what makes the kernels of one. */
  kernels(list: KernelList, streams: number): StepKernels
}

/** The sizes of one call. */
interface Sizes {
  readonly steps: number
  readonly streams: number
  readonly units: number
  /** Is there an input that all steps share? It is bottom 2. */
  readonly isStatic: boolean
  /** The bottom of the first initial state, where those are given. */
  readonly given: number | undefined
}

type Open = Omit<Call<RecurrentParams>, "tops" | "blobs">

/** recurrent_layer.cpp, LayerSetUp and Reshape. */
function sizesOf(cell: Cell, { params, bottoms }: Open): Sizes {
  const exposed = params.exposeHidden ? cell.state : 0
  const extra = bottoms.length - 2 - exposed
  if (extra !== 0 && extra !== 1)
    throw new PrelabError(
      "wrong number of bottoms",
      `${bottoms.length}, ${cell.type}${exposed ? " with expose_hidden" : ""} has ${2 + exposed} or ${3 + exposed}`,
    )
  const [x, cont] = bottoms as [Shape, Shape]
  const units = params.numOutput
  if (units < 1) throw new PrelabError("num_output must be positive", units)
  if (x.length < 3) throw new PrelabError(`${cell.type} needs time, streams, values`, formatShape(x))
  const [steps, streams] = x as [number, number]
  if (steps < 1) throw new PrelabError("no time steps", formatShape(x))
  if (!sameShape(cont, [steps, streams]))
    throw new PrelabError("cont shape mismatch", `${formatShape(cont)} for ${formatShape([steps, streams])}`)
  const still = extra === 1 ? bottoms[2]! : undefined
  if (still && (still.length < 2 || still[0] !== streams))
    throw new PrelabError("static input shape mismatch", `${formatShape(still)} for ${streams} streams`)
  const given = exposed > 0 ? 2 + extra : undefined
  for (const state of given === undefined ? [] : bottoms.slice(given))
    if (!sameShape(state, [1, streams, units]))
      throw new PrelabError(
        "initial state shape mismatch",
        `${formatShape(state)} for ${formatShape([1, streams, units])}`,
      )
  return { steps, streams, units, isStatic: extra === 1, given }
}

/** A call with its blobs given their names. */
export function partsOf(cell: Cell, call: Call<RecurrentParams>) {
  const sizes = sizesOf(cell, call)
  const blobs = [...call.blobs]
  const input = new LinearMap(blobs.shift()!, blobs.shift())
  const still = sizes.isStatic ? new LinearMap(blobs.shift()!) : undefined
  const hidden = new LinearMap(blobs.shift()!)
  return {
    ...sizes,
    gates: cell.gates * sizes.units,
    input,
    still,
    hidden,
    cell: cell.at(sizes.units, blobs),
  }
}

export type Parts = ReturnType<typeof partsOf>

/**
 * What does not wait for the steps: the gates' inputs from x [T, N, gates H] and from the static input [N,
 * gates H].
 */
interface Beforehand<F> {
  readonly x: F
  readonly still: F | undefined
  readonly cont: F
  readonly first: readonly F[]
}

/** The state before the first step; zeros where none is given. */
function firstState<F>({ given }: Parts, { state }: Cell, bottoms: readonly F[], zeros: () => F): F[] {
  return Array.from({ length: state }, (_, i) => (given === undefined ? zeros() : bottoms[given + i]!))
}

/**
 * Calls `visit` for every step with the places of its rows: `from` in the gates' inputs, `stream` in cont.
 */
function eachStep(
  { steps, streams, gates }: Parts,
  visit: (t: number, from: number, stream: number) => void,
) {
  for (let t = 0; t < steps; t++) visit(t, t * streams * gates, t * streams)
}

/** Runs all steps; `forward` and `bound` both read from it. */
function unroll(cell: Cell, parts: Parts, bottoms: readonly Float32Array[]) {
  const { streams, units, input, still, hidden } = parts
  const beforehand: Beforehand<Float32Array> = {
    x: input.apply(bottoms[0]!),
    still: still?.apply(bottoms[2]!),
    cont: bottoms[1]!,
    first: firstState(parts, cell, bottoms, () => new Float32Array(streams * units)),
  }
  const done: {
    conted: Float32Array
    fromHidden: Float32Array
    step: Step<Float32Array>
    after: After<Float32Array>
  }[] = []
  eachStep(parts, (t, from, stream) => {
    const before = done[t - 1]?.after.state ?? beforehand.first
    const cont = beforehand.cont.subarray(stream, stream + streams)
    const conted = before[0]!.map((h, i) => h * cont[Math.floor(i / units)]!)
    const fromHidden = hidden.apply(conted)
    const gates = fromHidden.map((h, i) => {
      const sum = Math.fround(h + beforehand.x[from + i]!)
      return beforehand.still ? sum + beforehand.still[i]! : sum
    })
    const step = { gates, cont, before }
    done.push({ conted, fromHidden, step, after: parts.cell.forward(step) })
  })
  return { beforehand, done }
}

function bounds(
  cell: Cell,
  parts: Parts,
  bottoms: readonly Float32Array[],
  errors: readonly Float64Array[],
): After<Float64Array>[] {
  const { streams, units, input, still, hidden } = parts
  const { beforehand, done } = unroll(cell, parts, bottoms)
  const off: Beforehand<Float64Array> = {
    x: input.bound(bottoms[0]!, errors[0]!),
    still: still?.bound(bottoms[2]!, errors[2]!),
    cont: errors[1]!,
    first: firstState(parts, cell, errors, () => new Float64Array(streams * units)),
  }
  const all: After<Float64Array>[] = []
  eachStep(parts, (t, from, stream) => {
    const { conted, fromHidden, step, after } = done[t]!
    const before = all[t - 1]?.state ?? off.first
    const cont = off.cont.subarray(stream, stream + streams)
    const onConted = before[0]!.map((error, i) => {
      const n = Math.floor(i / units)
      return productError(step.before[0]![i]!, error, step.cont[n]!, cont[n]!)
    })
    const onHidden = hidden.bound(conted, onConted)
    const gates = onHidden.map((error, i) => {
      const magnitude =
        Math.abs(fromHidden[i]!) + Math.abs(beforehand.x[from + i]!) + Math.abs(beforehand.still?.[i] ?? 0)
      return sumError(2, magnitude, error + off.x[from + i]! + (off.still?.[i] ?? 0))
    })
    all.push(parts.cell.bound(step, after, { gates, cont, before }))
  })
  return all
}

/** The outputs of all steps in one blob, and where they are handed out, the last state's blobs. */
function topsOf<F extends Float32Array | Float64Array>(
  { params }: Call<RecurrentParams>,
  all: readonly After<F>[],
  joined: F,
): F[] {
  all.forEach(({ output }, t) => {
    joined.set(output as never, t * output.length)
  })
  return params.exposeHidden ? [joined, ...all.at(-1)!.state] : [joined]
}

/**
 * Backward through time, from the last step to the first. The weights' diffs are sums over all steps, in
 * double and rounded once, where Caffe adds up step after step.
 */
function backward(cell: Cell, call: Call<RecurrentParams>, { bottoms, topDiffs }: BackwardPass): Diffs {
  const parts = partsOf(cell, call)
  const { steps, streams, units, gates: width, given, input, still, hidden } = parts
  const { done } = unroll(cell, parts, bottoms)
  const size = streams * units
  const onGates = new Float32Array(steps * streams * width)
  const onOutput = parts.cell.toOutput && new Float32Array(steps * size)
  const state = Array.from({ length: cell.state }, (_, i) => topDiffs[1 + i] ?? new Float32Array(size))
  for (let t = steps - 1; t >= 0; t--) {
    const { step, after } = done[t]!
    const output = topDiffs[0]!.subarray(t * size, (t + 1) * size)
    const diffs = parts.cell.backward(step, after, { state, output })
    onGates.set(diffs.gates, t * streams * width)
    if (diffs.toOutput) onOutput!.set(diffs.toOutput, t * size)
    const throughGates = hidden.inputDiff(diffs.gates).map((d, i) => d * step.cont[Math.floor(i / units)]!)
    state.splice(0, state.length, throughGates, ...diffs.before.slice(1).map((d) => d!))
  }
  const onStill = still && biasDiff(onGates, streams * width)
  const joined = (of: (at: (typeof done)[number]) => Float32Array) =>
    Float32Array.from(done.flatMap((at) => [...of(at)]))
  const first = given === undefined ? [] : state
  return {
    bottomDiffs: [
      input.inputDiff(onGates),
      undefined,
      ...(onStill ? [still.inputDiff(onStill)] : []),
      ...first,
    ],
    blobDiffs: [
      ...input.blobDiffs(bottoms[0]!, onGates),
      ...(onStill ? still.blobDiffs(bottoms[2]!, onStill) : []),
      ...hidden.blobDiffs(
        joined(({ conted }) => conted),
        onGates,
      ),
      ...(onOutput
        ? parts.cell.toOutput!.blobDiffs(
            joined(({ after }) => after.state[0]!),
            onOutput,
          )
        : []),
    ],
  }
}

/**
 * A layer over time: x [T, N, ...], T steps of N streams, and cont [T, N], 0 where a stream begins a new
 * sequence and 1 where it goes on; then, if there is one, a static input [N, ...] that every step reads, and
 * with `expose_hidden` the state before the first step, [1, N, H] each. Tops: the output of every step [T, N,
 * H], and with `expose_hidden` the state after the last. recurrent_layer.cpp unrolls it into a net of layers;
 * the order of operations is theirs.
 *
 * Caffe keeps the state from one forward pass of a net to the next unless it is exposed. Here nothing is
 * kept: every forward is the first, and its state begins as zeros.
 */
export function defineRecurrent(cell: Cell): AnyLayerType {
  return defineLayer<RecurrentParams>({
    type: cell.type,

    parse(message: Message) {
      const param = section(message, "recurrent_param")
      return {
        numOutput: numberOf(param, "num_output", 0),
        exposeHidden: booleanOf(param, "expose_hidden", false),
      }
    },

    shape(call) {
      const { steps, streams, units, given } = sizesOf(cell, call)
      const state = given === undefined ? [] : Array.from({ length: cell.state }, () => [1, streams, units])
      return [[steps, streams, units], ...state]
    },

    blobShapes(call) {
      const { units, isStatic } = sizesOf(cell, call)
      const gates = cell.gates * units
      const inputs: Shape[] = [[gates, count(call.bottoms[0]!, 2)], [gates]]
      const still: Shape[] = isStatic ? [[gates, count(call.bottoms[2]!, 1)]] : []
      return [...inputs, ...still, [gates, units], ...cell.outputShapes(units)]
    },

    forward(call, bottoms) {
      const { done } = unroll(cell, partsOf(cell, call), bottoms)
      return topsOf(
        call,
        done.map(({ after }) => after),
        new Float32Array(count(call.tops[0]!)),
      )
    },

    backward: (call, pass) => backward(cell, call, pass),

    dataOnly: { 1: "sequence indicators" },

    bound: (call, bottoms, _tops, errors) =>
      topsOf(
        call,
        bounds(cell, partsOf(cell, call), bottoms, errors),
        new Float64Array(count(call.tops[0]!)),
      ),

    onnx(call, onnx, bottoms) {
      const { outputs, state } = recurrentNodes(partsOf(cell, call), cell.state, onnx, bottoms)
      const shaped = [outputs, ...(call.params.exposeHidden ? state : [])]
      return shaped.map((value, i) => onnx.add("Reshape", [value, onnx.ints("shape", call.tops[i]!)]))
    },

    gpu: (call) => recurrentKernels(partsOf(cell, call), cell.state),

    macs(call) {
      const { steps, streams, units, isStatic } = sizesOf(cell, call)
      const gates = cell.gates * units
      const step = gates * (count(call.bottoms[0]!, 2) + units) + units + cell.macs(units)
      return streams * (steps * step + (isStatic ? gates * count(call.bottoms[2]!, 1) : 0))
    },
  })
}
