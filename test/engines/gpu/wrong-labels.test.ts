import { expect, it } from "vitest"
import { engineOf } from "../../../src/engines/index.js"
import { callsOf } from "../../../src/layers/index.js"
import { runChild, webgpuEnvironment } from "./child.js"
import { wrongLabels } from "./loss-cases.js"
import { resultOf } from "./result-of.js"

it.each(wrongLabels.map((one) => [one.name, one] as const))(
  "%s: the reference engine throws, a kernel gives NaN",
  async (_name, one) => {
    const plan = await engineOf("reference").compile(callsOf(one.net), one.net.outputs)
    const given = new Map(one.net.inputs.map((value, i) => [value, one.bottoms[i]!.data]))
    await expect(plan.run(given)).rejects.toThrow("label out of range")
    for (const backend of ["webasm", "cpu"] as const)
      expect(await resultOf(one, backend)).toEqual([Number.NaN])
  },
)

const all = `
  import { wrongLabels } from "./loss-cases.js"
  import { resultOf } from "./result-of.js"
  const results = []
  for (const one of wrongLabels) results.push(String(await resultOf(one, "webgpu")))
  console.log(JSON.stringify(results))`

if (webgpuEnvironment())
  it("webgpu gives NaN too", async () => {
    expect(await runChild(all, webgpuEnvironment())).toEqual(wrongLabels.map(() => "NaN"))
  })
