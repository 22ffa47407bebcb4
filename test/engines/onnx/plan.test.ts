import { afterEach, describe, expect, it } from "vitest"
import { OnnxPlan } from "../../../src/engines/onnx/plan.js"
import type { OnnxRuntime } from "../../../src/engines/onnx/runtime.js"
import { graphOf } from "../../../src/formats/onnx/index.js"
import { callsOf } from "../../../src/layers/index.js"
import type { Net } from "../../../src/net/index.js"
import { setStopCheck } from "../../../src/stop.js"
import { smallNet } from "../gpu/small-net.js"
import { runtimesHere } from "./runtimes.js"

afterEach(() => setStopCheck(() => {}))

it("what onnxruntime refuses is told without the places in its own source", async () => {
  const reason =
    "Exception during initialization: /onnxruntime_src/onnxruntime/core/framework/session_state_utils.cc:264 " +
    "onnxruntime::common::Status onnxruntime::SaveInitializedTensors(const onnxruntime::Env&, const std::vector<int>&) " +
    "map.MaxIdx() > -1 was false. Values should have been populated.\nand more"
  const runtime = {
    ...({ backend: "cpu", detail: "", threads: 2 } as const),
    api: { InferenceSession: { create: () => Promise.reject(new Error(reason)) } },
  } as unknown as OnnxRuntime
  const { net } = smallNet()
  await expect(OnnxPlan.open(runtime, graphOf(callsOf(net), net.outputs))).rejects.toThrow(
    /^onnxruntime cannot run this net: Exception during initialization: map.MaxIdx\(\) > -1 was false. Values should have been populated.; use the reference engine$/,
  )
})

describe.each((await runtimesHere()).map((runtime) => [runtime.backend, runtime] as const))(
  "a plan on %s",
  (_name, runtime) => {
    const open = (net: Net) => OnnxPlan.open(runtime, graphOf(callsOf(net), net.outputs))

    it("answers passes that are asked for at the same time one after the other, each with its own result", async () => {
      const { net, input, data } = smallNet()
      const plan = await open(net)
      const other = data.map((v) => -v)
      const runs = [data, other, data].map((each) => plan.run(new Map([[input, each]])))
      const [first, second, third] = (await Promise.all(runs)).map((result) => result.get(net.outputs[0]!)!)
      expect(third).toEqual(first)
      expect(second).not.toEqual(first)
      await plan.dispose()
    })

    it("does not change or keep the caller's data, nor what it gave before", async () => {
      const { net, input, data } = smallNet()
      const plan = await open(net)
      const before = data.slice()
      const first = (await plan.run(new Map([[input, data]]))).get(net.outputs[0]!)!
      const copy = first.slice()
      expect(data).toEqual(before)
      data.fill(0)
      await plan.run(new Map([[input, data]]))
      expect(first).toEqual(copy)
      await plan.dispose()
      expect(first).toEqual(copy)
    })

    it("stops where the reader stopped the cell, and runs again afterwards", async () => {
      const { net, input, data } = smallNet()
      const plan = await open(net)
      setStopCheck(() => {
        throw new Error("stopped")
      })
      await expect(plan.run(new Map([[input, data]]))).rejects.toThrow("stopped")
      setStopCheck(() => {})
      expect((await plan.run(new Map([[input, data]]))).get(net.outputs[0]!)).toHaveLength(5)
      await plan.dispose()
    })

    it("refuses data of another size, and runs again afterwards", async () => {
      const { net, input, data } = smallNet()
      const plan = await open(net)
      await expect(plan.run(new Map([[input, data.subarray(1)]]))).rejects.toThrow(
        "has 431 values, needs 432",
      )
      await expect(plan.run(new Map())).rejects.toThrow("no data for input data")
      expect((await plan.run(new Map([[input, data]]))).size).toBe(1)
      await plan.dispose()
    })

    it("gives every blob, in-place ones too, where every blob is wanted", async () => {
      const { net, input, data } = smallNet()
      const values = net.values.filter((value) => value !== input)
      const plan = await OnnxPlan.open(runtime, graphOf(callsOf(net), values))
      const results = await plan.run(new Map([[input, data]]))
      expect([...results.keys()]).toEqual(values)
      expect(new Set(results.values()).size).toBe(values.length)
      await plan.dispose()
    })
  },
)
