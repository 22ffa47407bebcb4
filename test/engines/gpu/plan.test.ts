import { describe, expect, it } from "vitest"
import { parseNet } from "../../../src/caffe/load-net.js"
import { gpu } from "../../../src/engines/gpu/index.js"
import { GpuPlan } from "../../../src/engines/gpu/plan.js"
import type { Program } from "../../../src/engines/gpu/program.js"
import { reference } from "../../../src/engines/reference.js"
import { callsOf } from "../../../src/layers/index.js"
import { makeValue } from "../../../src/net/index.js"
import { smallNet } from "./small-net.js"

describe("a net as one plan", () => {
  const { net, input, data } = smallNet()
  const calls = callsOf(net)

  it.each(["webasm", "cpu"] as const)(
    "%s returns every value of an in-place chain as it was right after its layer",
    async (backend) => {
      const wanted = net.values
      const plan = await gpu.compile(calls, wanted, { backend })
      const yardstick = await reference.compile(calls, wanted)
      const got = await plan.run(new Map([[input, data]]))
      const want = await yardstick.run(new Map([[input, data]]))
      await plan.dispose()
      expect([...got.keys()]).toEqual(wanted)
      for (const value of wanted) {
        const difference = Math.max(...got.get(value)!.map((v, i) => Math.abs(v - want.get(value)![i]!)))
        // A handful of roundings of values below 10.
        expect(difference, value.blob).toBeLessThan(1e-4)
      }
    },
  )

  it("says what ran", async () => {
    const plan = await gpu.compile(calls, net.outputs, { backend: "webasm" })
    await plan.run(new Map([[input, data]]))
    expect(plan).toMatchObject({ engine: "gpu", backend: "webasm" })
    expect(plan.detail).toMatch(/^\d+ kernels, fused-(sync|threaded)$/)
    await plan.dispose()
  })

  it("computes only what the wanted values need, and gives the same again", async () => {
    const first = net.layer("conv").tops
    const plan = await gpu.compile(calls, first, { backend: "webasm" })
    const once = await plan.run(new Map([[input, data]]))
    const other = await plan.run(new Map([[input, data.map((v) => -v)]]))
    const twice = await plan.run(new Map([[input, data]]))
    // The padding, the convolution, and its outputs put in their order.
    expect(plan.detail).toMatch(/^3 kernels/)
    expect(twice).toEqual(once)
    expect(other).not.toEqual(once)
    await plan.dispose()
  })

  it("hands back copies of its inputs, and runs nothing where nothing is to compute", async () => {
    const plan = await gpu.compile(calls, [input], { backend: "webasm" })
    const copy = (await plan.run(new Map([[input, data]]))).get(input)
    expect(copy).toEqual(data)
    expect(copy).not.toBe(data)
    expect(plan.detail).toBe("nothing to compute")
    await plan.dispose()
  })

  it("does not run after dispose, which may be called twice", async () => {
    const plan = await gpu.compile(calls, net.outputs, { backend: "webasm" })
    await plan.dispose()
    await plan.dispose()
    await expect(plan.run(new Map([[input, data]]))).rejects.toThrow("plan is disposed")
  })

  it("names the layer that no kernel can hold", async () => {
    const large = parseNet(`
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 2, 4096, 4096] } } }
      layer { name: "columns" type: "Im2col" bottom: "data" top: "columns" convolution_param { kernel_size: 1 } }`)
    await expect(gpu.compile(callsOf(large), large.outputs, { backend: "webasm" })).rejects.toThrow(
      "blob too large for its kernel: 33554432 in layer columns; use the reference engine",
    )
  })

  it("names the layer whose blob holds nothing", async () => {
    const empty = parseNet(`
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [0, 2, 4, 4] } } }
      layer { name: "relu" type: "ReLU" bottom: "data" top: "top" }`)
    await expect(gpu.compile(callsOf(empty), empty.outputs, { backend: "webasm" })).rejects.toThrow(
      "blob holds no values: 0x2x4x4 in layer relu; use the reference engine",
    )
  })
})

describe("what gpu.js does not take as it is", () => {
  const value = makeValue("data")
  const step = (name: string, body: string, source: Program["steps"][number]["args"][string]) => ({
    layer: { name, type: "Test", bottoms: [], tops: [], message: {}, blobs: [] },
    kernel: { output: [8], args: {}, body },
    args: { a: source },
  })
  const program = (...steps: Program["steps"][number][]): Program => ({
    inputs: [{ value, size: 8 }],
    steps: steps.map((one) => ({ ...one, kernel: { ...one.kernel, args: { a: { bottom: 0 } } } })),
    results: new Map([[makeValue("result"), { source: { step: steps.length - 1 }, size: 8 }]]),
  })
  const run = async (tested: Program, backend: "webasm" | "cpu") => {
    const plan = new GpuPlan(tested, { backend })
    try {
      return await plan.run(new Map([[value, new Float32Array(8)]]))
    } finally {
      await plan.dispose()
    }
  }

  it.each(["webasm", "cpu"] as const)(
    "a kernel that does not compile on %s is an error that names its layer",
    async (backend) => {
      const good = step("good", "return a[x];", { input: 0 })
      const bad = step("bad", "return nothing(a[x]);", { step: 0 })
      await expect(run(program(good, bad), backend)).rejects.toThrow(`cannot run on ${backend}: bad`)
    },
  )

  it("a plan that gpu.js would run kernel by kernel is an error with its reason", async () => {
    const pair = step("pair", "return [a[x], a[x]];", { input: 0 })
    const reader = step("reader", "return a[x];", { step: 0 })
    await expect(run(program(pair, reader), "webasm")).rejects.toThrow(
      /^cannot run on webasm: the net as a whole; .*cannot feed another step/,
    )
  })
})
