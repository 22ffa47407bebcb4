import { type Backend, type EngineName, engineOf, type Plan } from "../../src/engines/index.js"
import { pieceBound } from "../../src/equivalence/piece-bound.js"
import { PrelabError } from "../../src/error.js"
import { graphOf } from "../../src/formats/onnx/index.js"
import { callsOf, type NetCalls } from "../../src/layers/index.js"
import { inputLayer, type Layer, makeValue, Net, type Value } from "../../src/net/index.js"
import { type OracleCase, readArray } from "./case.js"
import type { Loaded } from "./run-case.js"
import { Worst } from "./worst.js"

/** What a case stores, by value; its inputs are among them. */
export function storedValues(of: OracleCase, { net, inputs }: Loaded): Map<Value, Float32Array> {
  const stored = new Map(inputs)
  for (const output of of.outputs) {
    const layer = net.layers[output.layer_index]!
    if (layer.name !== output.layer)
      throw new Error(`layer ${output.layer_index} is ${layer.name}, not ${output.layer}`)
    const top = layer.tops.find((value) => value.blob === output.blob)!
    stored.set(top, readArray(of, output.file).data)
  }
  return stored
}

/**
 * The layers of a case, each by itself: what it reads are inputs of the net, and hold what the case stores
 * there.
 */
export interface Apart {
  readonly calls: NetCalls
  readonly layers: readonly Layer[]
  readonly given: ReadonlyMap<Value, Float32Array>
}

export function takeApart({ net, calls }: Loaded, stored: ReadonlyMap<Value, Float32Array>): Apart {
  const inputs = new Map<Value, Value>()
  const sources: Layer[] = []
  const given = new Map<Value, Float32Array>()
  const inputFor = (value: Value): Value => {
    const known = inputs.get(value)
    if (known) return known
    const input = makeValue(value.blob)
    sources.push(inputLayer(value.blob, [input], [calls.shapes.get(value)!]))
    inputs.set(value, input)
    given.set(input, stored.get(value)!)
    return input
  }
  const layers = net.layers
    .filter((layer) => layer.type !== "Input" && !calls.problems.has(layer))
    .map((layer) => ({ ...layer, bottoms: layer.bottoms.map(inputFor) }))
  const apart = new Net({ name: net.name, state: net.state, layers: [...sources, ...layers] })
  return { calls: callsOf(apart), layers, given }
}

/** What a case runs on beside the reference engine: a gpu.js backend, or onnxruntime. */
export type On = Backend | "onnx"

/** The layers that a plan can hold, and why the others cannot be in one. */
export function fitting({ calls, layers }: Apart, on: On): { fit: Layer[]; unfit: string[] } {
  const unfit: string[] = []
  const fit = layers.filter((layer) => {
    const { type, call } = calls.calls.get(layer)!
    try {
      if (on === "onnx" && type.onnx) return graphOf(calls, layer.tops)
      if (on !== "onnx" && type.gpu) return type.gpu(call)
      unfit.push(`${layer.name}: no ${on === "onnx" ? "nodes" : "kernel"}`)
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      unfit.push(`${layer.name}: ${error.what}`)
    }
    return false
  })
  return { fit, unfit }
}

/**
 * Runs layers, each on its stored bottoms, and compares their stored tops.
 *
 * @param on undefined for the reference engine
 * @param finite layers that are compared only where their tops are finite
 * @param engine that has the backend
 */
export async function compareApart(
  { calls, given }: Apart,
  layers: readonly Layer[],
  stored: ReadonlyMap<Value, Float32Array>,
  on: On | undefined,
  finite: readonly string[] = [],
  engine: EngineName = engineFor(on),
): Promise<Worst> {
  const wanted = layers.flatMap(({ tops }) => tops)
  const worst = new Worst()
  if (wanted.length === 0) return worst
  const plan = await compileFor(on, calls, wanted, engine)
  try {
    const results = await plan.run(given)
    const bound = pieceBound(calls, undefined, on && plan)
    for (const layer of layers) {
      const { type, call } = calls.calls.get(layer)!
      const bottoms = layer.bottoms.map((bottom) => given.get(bottom)!)
      const tops = type.forward(call, bottoms)
      const bounds = bound(
        layer,
        bottoms,
        tops,
        bottoms.map(({ length }) => new Float64Array(length)),
      )
      layer.tops.forEach((top, t) => {
        const want = stored.get(top)
        if (want === undefined) return
        const isPromised = (at: number) => Number.isFinite(want[at]) || !finite.includes(layer.name)
        // Two evaluations of the same expression may err to either side.
        worst.add(results.get(top)!, want, (at) => (isPromised(at) ? 2 * bounds[t]![at]! : undefined))
      })
    }
    return worst
  } finally {
    await plan.dispose()
  }
}

/** A plan on what was asked for and nothing else. */
export async function compileFor(
  on: On | undefined,
  calls: NetCalls,
  wanted: readonly Value[],
  engine: EngineName = engineFor(on),
): Promise<Plan> {
  if (on === undefined || on === "onnx") return engineOf(engine).compile(calls, wanted)
  const plan = await engineOf(engine).compile(calls, wanted, { backend: on })
  if (plan.backend !== on) throw new Error(`${plan.backend} answered, not ${on}`)
  return plan
}

function engineFor(on: On | undefined): EngineName {
  if (on === undefined) return "reference"
  return on === "onnx" ? "onnx" : "gpu"
}
