import { existsSync } from "node:fs"
import { loadNet } from "../../src/caffe/index.js"
import { callsOf, type NetCalls } from "../../src/layers/index.js"
import type { Net, Value } from "../../src/net/index.js"
import { inputsOf, type OracleCase } from "./case.js"

export interface Loaded {
  readonly net: Net
  readonly calls: NetCalls
  readonly inputs: ReadonlyMap<Value, Float32Array>
}

/** The net of a case at the shape of its stored inputs; some cases store none. */
export async function loadCase(of: OracleCase): Promise<Loaded> {
  const { phase = "TEST", state } = of
  const weights = existsSync(of.caffemodel) ? of.caffemodel : undefined
  const net = await loadNet(of.prototxt, weights, {
    phase,
    level: state?.level ?? 0,
    stages: state?.stages ?? [],
  })
  const blobs = inputsOf(of)
  const calls = callsOf(
    net,
    Object.fromEntries(Object.entries(blobs).map(([name, { shape }]) => [name, shape])),
  )
  const given = net.inputs.filter(({ blob }) => Object.hasOwn(blobs, blob))
  return { net, calls, inputs: new Map(given.map((value) => [value, blobs[value.blob]!.data])) }
}

export interface Bounded {
  readonly data: Float32Array
  /** How far float32 evaluation from the inputs on can be from the exact result, carried from layer to layer. */
  readonly bound: Float64Array
}

/** Runs every layer that can run on the reference, with its running bound. */
export function runBounded({ net, calls, inputs }: Loaded): Map<Value, Bounded> {
  const results = new Map<Value, Bounded>()
  for (const layer of net.layers) {
    if (layer.type === "Input") {
      for (const top of layer.tops) {
        const data = inputs.get(top)!
        results.set(top, { data, bound: new Float64Array(data.length) })
      }
      continue
    }
    if (calls.problems.has(layer)) continue
    const { type, call } = calls.calls.get(layer)!
    const bottoms = layer.bottoms.map((value) => results.get(value)!)
    const data = bottoms.map((bottom) => bottom.data)
    const tops = type.forward(call, data)
    const bounds = type.bound(
      call,
      data,
      tops,
      bottoms.map((bottom) => bottom.bound),
    )
    layer.tops.forEach((top, i) => {
      results.set(top, { data: tops[i]!, bound: bounds[i]! })
    })
  }
  return results
}
