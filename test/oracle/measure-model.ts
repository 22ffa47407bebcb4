import { U } from "../../src/layers/index.js"
import { count, type Layer, type Net, type Value } from "../../src/net/index.js"
import { type OracleCase, readArray } from "./case.js"
import type { Loaded } from "./run-case.js"
import { compileFor, type On } from "./stored-bottoms.js"
import { Worst } from "./worst.js"

/**
 * How far float32 may be from float32. Each of K products may round another way: the oracle measured at most
 * (4 + 2 sqrt K) u of the largest output for every order of summation, K up to 9,216. Layers before it add
 * terms, so K is the largest fan-in so far.
 */
export function deepLimit(net: Net, layer: Layer, largest: number): number {
  const before = net.layers.slice(0, net.indexOf(layer) + 1)
  const fanIn = Math.max(
    1,
    ...before
      .filter(({ blobs }) => (blobs[0]?.shape.length ?? 0) > 1)
      .map(({ blobs }) => count(blobs[0]!.shape, 1)),
  )
  return (4 + 2 * Math.sqrt(fanIn)) * U * largest
}

/** One forward pass of a whole net; undefined stands for the reference engine. */
export async function runWhole(
  { calls, inputs }: Loaded,
  on: On | undefined,
  wanted: readonly Value[],
): Promise<Map<Value, Float32Array>> {
  const plan = await compileFor(on, calls, wanted)
  try {
    return await plan.run(inputs)
  } finally {
    await plan.dispose()
  }
}

/** A real model from its inputs on: it stores some of its tops, and of large ones every k-th value. */
export async function compareModel(of: OracleCase, loaded: Loaded, on: On | undefined): Promise<Worst> {
  const { net, calls } = loaded
  const places = of.outputs.map((output) => {
    const layer = net.layers[output.layer_index]!
    if (layer.name !== output.layer)
      throw new Error(`layer ${output.layer_index} is ${layer.name}, not ${output.layer}`)
    return { output, layer, top: layer.tops.find((value) => value.blob === output.blob)! }
  })
  const results = await runWhole(
    loaded,
    on,
    places.map(({ top }) => top),
  )
  const worst = new Worst()
  for (const { output, layer, top } of places) {
    const got = results.get(top)!
    const want = readArray(of, output.file).data
    const stride = output.sample_stride ?? 1
    if (
      calls.shapes.get(top)!.join() !== output.shape.join() ||
      want.length !== Math.ceil(got.length / stride)
    )
      throw new Error(`${output.blob}: ${calls.shapes.get(top)} and ${want.length} stored values`)
    const limit = deepLimit(
      net,
      layer,
      want.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    )
    worst.add(got, want, () => limit, stride)
  }
  return worst
}
