import { afterEach, describe, expect, it } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { tryOut } from "../../src/engines/auto.js"
import type { Engine } from "../../src/engines/engine.js"
import { chooseEngine, forward } from "../../src/engines/index.js"
import { callsFor } from "../../src/engines/kept-calls.js"
import { reference } from "../../src/engines/reference.js"
import { compareNets } from "../../src/equivalence/index.js"
import { PrelabError } from "../../src/error.js"
import { showForward } from "../../src/figures/show-forward.js"
import { type Blob, count } from "../../src/net/index.js"
import { setStopCheck } from "../../src/stop.js"
import { deepLimit } from "../oracle/measure-model.js"
import { Worst } from "../oracle/worst.js"
import { smallNet } from "./gpu/small-net.js"

afterEach(() => setStopCheck(() => {}))

const cannot = async () => {
  throw new PrelabError("cannot", "this")
}

describe("auto takes", () => {
  const none = async () => undefined
  const card = async () => "nvidia ampere"
  const name = async (engine: { name: string }) => engine.name

  it("gpu where graphics hardware answers", async () => {
    expect(await chooseEngine(name, card)).toMatchObject({
      result: "gpu",
      why: "auto took gpu: nvidia ampere answers",
    })
  })

  it("onnx where none does", async () => {
    expect(await chooseEngine(name, none)).toMatchObject({
      result: "onnx",
      why: "auto took onnx: no graphics hardware answers",
    })
  })

  it("the next engine where one cannot, down to reference, and says so", async () => {
    const refuse = (...names: string[]) =>
      chooseEngine((engine) => (names.includes(engine.name) ? cannot() : name(engine)), card)
    expect(await refuse("gpu")).toMatchObject({
      result: "onnx",
      why: "auto took onnx: nvidia ampere answers; gpu cannot: cannot: this",
    })
    expect(await refuse("gpu", "onnx")).toMatchObject({
      result: "reference",
      why: "auto took reference: nvidia ampere answers; gpu cannot: cannot: this; onnx cannot: cannot: this",
    })
    await expect(chooseEngine(cannot, none)).rejects.toThrow("cannot: this")
  })

  it("the next one where the first pass fails, as on a card whose memory does not suffice", async () => {
    const { net, input, data } = smallNet()
    const calls = callsFor(net, { [input.blob]: { shape: [1, 3, 12, 12], data } })
    const disposed: string[] = []
    const failing = (engine: Engine): Engine => ({
      name: engine.name,
      async compile(...given) {
        const plan = await engine.compile(...given)
        const run = () =>
          Promise.reject(new PrelabError("cannot run on webgpu", "conv1", { hint: "out of memory" }))
        return { ...plan, run, dispose: () => void disposed.push(engine.name) }
      },
    })
    const chosen = await chooseEngine(
      (engine) => tryOut(engine.name === "gpu" ? failing(reference) : engine, calls, net.outputs),
      card,
    )
    expect(chosen.why).toBe(
      "auto took onnx: nvidia ampere answers; gpu cannot: cannot run on webgpu: conv1; out of memory",
    )
    expect(disposed).toEqual(["reference"])
    expect([...chosen.result.results.keys()]).toEqual(net.outputs)
    await chosen.result.plan.dispose()
  })

  it("none where the reader stopped the cell", async () => {
    const stopped = () => Promise.reject(new Error("stopped"))
    await expect(chooseEngine(stopped, none)).rejects.toThrow("stopped")
  })
})

describe("engine auto", () => {
  it("computes what the reference does, and its reason is in the result and on display", async () => {
    const { net, input, data } = smallNet()
    const image: Blob = { shape: [1, 3, 12, 12], data }
    const result = await forward(net, { [input.blob]: image }, { engine: "auto" })
    expect(result.engine).not.toBe("reference")
    expect(result.why).toMatch(/^auto took (onnx|gpu): /)
    expect(String(result)).toContain(result.why)
    expect(String(showForward(result).html)).toContain(result.why)
    const plain = await forward(net, { [input.blob]: image })
    expect(plain.why).toBeUndefined()
    expect(plain.engine).toBe("reference")
  })

  it("passes on a net with a layer that ONNX has no nodes for", async () => {
    const net = await loadNet(
      Buffer.from(`layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [4, 8] } } }
        layer { name: "drop" type: "Dropout" bottom: "x" top: "y" phase: TRAIN }`),
    )
    const inputs = { x: { shape: [4, 8], data: new Float32Array(32).fill(1) } }
    const result = await forward(net, inputs, { engine: "auto" })
    if (result.engine === "gpu") return expect(result.why).toMatch(/^auto took gpu: .* answers$/)
    expect(result.engine).toBe("reference")
    expect(result.why).toBe(
      "auto took reference: no graphics hardware answers; onnx cannot: no ONNX nodes for phase: TRAIN in layer drop",
    )
    await expect(forward(net, inputs, { engine: "onnx" })).rejects.toThrow("TRAIN in layer drop")
  })

  it("compares two nets on one engine, and says which and why", async () => {
    const { net } = smallNet()
    const comparison = await compareNets(net, net, { engine: "auto" })
    expect(comparison.equivalent).toBe(true)
    expect(comparison.engineWhy).toMatch(/^auto took (onnx|gpu): /)
    expect(comparison.toJSON()).toMatchObject({ engine: comparison.engine, engineWhy: comparison.engineWhy })
  })
})

describe("passes by onnxruntime one after another", () => {
  it("give what each input gives", async () => {
    const { net, input } = smallNet()
    const shape = [1, 3, 12, 12]
    const probability = net.outputs[0]!
    for (const step of [1, 2, 3]) {
      const data = Float32Array.from({ length: count(shape) }, (_, i) => Math.sin(i * step))
      const given = { [input.blob]: { shape, data } }
      const worst = new Worst()
      const [mine, exact] = [await forward(net, given, { engine: "onnx" }), await forward(net, given)]
      const limit = deepLimit(net, net.producer(probability), 1)
      worst.add(mine.outputs.prob!.data, exact.outputs.prob!.data, () => limit)
      expect(worst.ratio).toBeLessThanOrEqual(1)
    }
  })

  it("an interrupted one leaves the engine usable", async () => {
    const { net, input, data } = smallNet()
    const inputs = { [input.blob]: { shape: [1, 3, 12, 12], data } }
    const before = await forward(net, inputs, { engine: "onnx" })
    setStopCheck(() => {
      throw new Error("stopped")
    })
    await expect(forward(net, inputs, { engine: "onnx" })).rejects.toThrow("stopped")
    setStopCheck(() => {})
    expect((await forward(net, inputs, { engine: "onnx" })).outputs).toEqual(before.outputs)
  })
})

describe("a backend of gpu.js is refused where another engine is asked for", () => {
  const { net, data } = smallNet()
  const inputs = { data: { shape: [1, 3, 12, 12], data } }

  it.each(["auto", "onnx", "reference"] as const)("%s", async (engine) => {
    const refusal = "backend needs engine gpu: cpu"
    await expect(forward(net, inputs, { engine, backend: "cpu" })).rejects.toThrow(refusal)
    await expect(compareNets(net, net, { engine, backend: "cpu" })).rejects.toThrow(refusal)
  })
})
