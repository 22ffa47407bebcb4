import { expect, it } from "vitest"
import { engineOf } from "../../../src/engines/index.js"
import { callsOf } from "../../../src/layers/index.js"
import { runChild, webgpuEnvironment } from "./child.js"
import { wrongMasks } from "./fork-cases.js"
import { resultOf } from "./result-of.js"

it.each(wrongMasks.map((one) => [one.name, one] as const))(
  "%s: the reference engine throws, a kernel gives NaN in that plane",
  async (_name, one) => {
    const plan = await engineOf("reference").compile(callsOf(one.net), one.net.outputs)
    const given = new Map(one.net.inputs.map((value, i) => [value, one.bottoms[i]!.data]))
    await expect(plan.run(given)).rejects.toThrow("mask outside upsampled blob")
    for (const backend of ["webasm", "cpu"] as const)
      expect((await resultOf(one, backend)).map(Number.isNaN)).toEqual(inSecondPlane)
  },
)

const inSecondPlane = Array.from({ length: 2 * 16 }, (_, i) => i >= 16)

const all = `
  import { wrongMasks } from "./fork-cases.js"
  import { resultOf } from "./result-of.js"
  const results = []
  for (const one of wrongMasks) results.push((await resultOf(one, "webgpu")).map(Number.isNaN))
  console.log(JSON.stringify(results))`

if (webgpuEnvironment())
  it("webgpu gives NaN too", async () => {
    expect(await runChild(all, webgpuEnvironment())).toEqual(wrongMasks.map(() => inSecondPlane))
  })
