import { expect } from "vitest"
import { forward } from "../../src/engines/index.js"
import type { Blob, Net } from "../../src/net/index.js"
import { numbers } from "./random-net.js"

function inputsOf(net: Net, seed = 7): Record<string, Blob> {
  const next = numbers(seed)
  return Object.fromEntries(
    net.inputs.map((value) => {
      const param = net.producer(value).message.input_param as { shape: { dim: number[] }[] }
      const shape = param.shape[0]!.dim
      return [
        value.blob,
        { shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)).map(() => 3 * next()) },
      ]
    }),
  )
}

/** Largest difference of the outputs, relative to the largest output. */
export async function distance(a: Net, b: Net): Promise<number> {
  const inputs = inputsOf(a)
  const [x, y] = [await forward(a, inputs), await forward(b, inputs)]
  expect(Object.keys(y.outputs)).toEqual(Object.keys(x.outputs))
  let [difference, largest] = [0, 0]
  for (const [name, { data }] of Object.entries(x.outputs)) {
    data.forEach((v, i) => {
      difference = Math.max(difference, Math.abs(v - y.outputs[name]!.data[i]!))
      largest = Math.max(largest, Math.abs(v))
    })
  }
  expect(largest).toBeGreaterThan(0)
  return difference / largest
}
