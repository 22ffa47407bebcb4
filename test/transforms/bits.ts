import { expect } from "vitest"
import type { Forward } from "../../src/engines/index.js"
import { type Blob, count, type Shape } from "../../src/net/index.js"

export const prelu = (bottom: string, top = bottom, more = "", name = "p") =>
  `layer { name: "${name}" type: "PReLU" bottom: "${bottom}" top: "${top}" ${more} }`

/** Every kind of finite float32: both zeros, subnormals, the largest, and random bits. */
export function values(shape: Shape): Blob {
  const special = [0, -0, 1e-45, -1e-45, 1e-39, -1e-39, 3.4028234663852886e38, -3.4028234663852886e38, 1, -1]
  const data = new Float32Array(count(shape))
  const bits = new Uint32Array(data.buffer)
  let state = 1
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bits[i] = state
    if (!Number.isFinite(data[i]!)) data[i] = 0.5
  }
  data.set(special.slice(0, data.length))
  return { shape, data }
}

/** The same bits, the sign of zero and the kind of NaN included. */
export function expectSameBits(a: Forward, b: Forward): void {
  expect(Object.keys(b.outputs)).toEqual(Object.keys(a.outputs))
  for (const [name, { data }] of Object.entries(a.outputs)) {
    const other = b.outputs[name]!.data
    const differ = data.findIndex((value, i) => !Object.is(value, other[i]))
    expect(differ, `${name} at ${differ}: ${data[differ]} and ${other[differ]}`).toBe(-1)
  }
}
