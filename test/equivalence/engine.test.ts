import { describe, expect, test } from "vitest"
import { reference } from "../../src/engines/index.js"
import { compileAsked } from "../../src/equivalence/engine-piece.js"
import { compareNets } from "../../src/equivalence/index.js"
import { callsOf } from "../../src/layers/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { bn, conv, image, randomNet, relu, scale, withParameter } from "../transforms/random-net.js"

const net = randomNet(
  [
    image,
    conv("c", "data", "c"),
    bn("bn", "c"),
    scale("sc", "c"),
    relu("r", "c"),
    conv("d", "c", "d"),
    bn("bn2", "d"),
    `layer { name: "e" type: "Eltwise" bottom: "c" bottom: "d" top: "e" }`,
  ].join("\n"),
)

describe.each(["webasm", "cpu"] as const)("on gpu.js's %s backend", (backend) => {
  test("a folded net is equivalent, and the verdict names what ran", async () => {
    const verdict = await compareNets(net, foldBatchNorm(net).net, { engine: "gpu", backend })
    expect(verdict.why).toContain("within their bounds")
    expect(verdict).toMatchObject({ equivalent: true, engine: "gpu", backend })
    expect(verdict.segments.map(({ blob }) => blob)).toEqual(["c", "c", "d", "e"])
    // float32 sums on the engine, double sums in the reference: they differ.
    expect(verdict.worst!.difference).toBeGreaterThan(0)
    expect(verdict.endToEnd[0]!.floor).toBeGreaterThan(0)
  })

  test("a wrong weight is found", async () => {
    const broken = withParameter(foldBatchNorm(net).net, "d", 1, 1, 1.001)
    const verdict = await compareNets(net, broken, { engine: "gpu", backend })
    expect(verdict.equivalent).toBe(false)
    expect(verdict.first).toMatchObject({ layers: ["bn2", "d"], channel: 1 })
  })
})

test("another engine than the one asked for is an error", async () => {
  const impostor = { ...reference, name: "gpu" as const }
  const calls = callsOf(net)
  await expect(compileAsked({ engine: impostor }, calls, net.outputs)).rejects.toThrow(
    "another engine answered: reference (typescript); asked for gpu",
  )
  await expect(compileAsked({ engine: reference, backend: "webgpu" }, calls, net.outputs)).rejects.toThrow(
    "another engine answered: reference (typescript); asked for reference (webgpu)",
  )
})

test("a backend that is not here is an error", async () => {
  await expect(compareNets(net, net, { engine: "gpu", backend: "webgl2" })).rejects.toThrow("webgl2")
})
