import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import type { Backend } from "../../src/engines/index.js"
import { loadArray } from "../../src/formats/arrays.js"
import { callsOf, MissingWeights } from "../../src/layers/index.js"
import { isWhole, readCase } from "./case.js"
import { deepLimit, runWhole } from "./measure-model.js"
import { hasWebGpu } from "./software-webgpu.js"
import { Worst } from "./worst.js"

if (isWhole)
  describe("a real model without weights", () => {
    test("ENet's prototxt loads with its fork's fields named; all it lacks is weights", async () => {
      const net = await loadNet(`${readCase("models", "enet").folder}/enet_deploy.prototxt`)
      expect(net.warnings).toEqual([
        "layer.bn_param is a fork's, Caffe refuses it (line 65 and 85 more)",
        "layer.upsample_param is a fork's, Caffe refuses it (line 3907 and 1 more)",
      ])
      for (const problem of callsOf(net).problems.values()) expect(problem).toBeInstanceOf(MissingWeights)
    })
  })

describe("the sample net on a hundred digits", () => {
  const data = (name: string) => fileURLToPath(new URL(`../../notebooks/data/${name}`, import.meta.url))
  const backends: (Backend | undefined)[] = [
    undefined,
    "webasm",
    "cpu",
    ...(hasWebGpu ? (["webgpu"] as const) : []),
  ]

  test.each(backends)("agrees with Caffe on %s", async (backend) => {
    const net = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))
    const [images, want] = await Promise.all(
      ["digits-100.npy", "digits-100-prob.npy"].map((name) => loadArray(data(name))),
    )
    const loaded = {
      net,
      calls: callsOf(net, { data: images!.shape }),
      inputs: new Map([[net.inputs[0]!, images!.data]]),
    }
    const prob = net.outputs[0]!
    const got = (await runWhole(loaded, backend, [prob])).get(prob)!
    const worst = new Worst()
    worst.add(got, want!.data, () => deepLimit(net, net.producer(prob), 1))
    expect(worst.ratio).toBeLessThanOrEqual(1)
  })
})
