import { describe, expect, it } from "vitest"
import { cases } from "./cases.js"
import { type Checked, check } from "./check.js"
import { runChild, webgpuEnvironment } from "./child.js"

describe.each(["webasm", "cpu"] as const)(
  "every layer type on %s stays within its rounding bound of the reference",
  (backend) => {
    it.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
      const checked = await check(one, backend)
      expect(checked.backend).toBe(backend)
      expect(checked.ratio).toBeLessThanOrEqual(1)
    })
  },
)

const checkAll = `
  import { cases } from "./cases.js"
  import { check } from "./check.js"
  const checked = []
  for (const one of cases) checked.push(await check(one, "webgpu"))
  console.log(JSON.stringify(checked))`

const checkTogether = `
  import { cases } from "./cases.js"
  import { check } from "./check.js"
  const some = cases.filter(({ name }) => name.startsWith("Pooling") || name.startsWith("Scale"))
  const rounds = [some, some.slice(0, 1), some].map((round, i) =>
    new Promise((resolve) => setTimeout(resolve, i * 40)).then(() => Promise.all(round.map((one) => check(one, "webgpu")))))
  console.log(JSON.stringify((await Promise.all(rounds)).flat()))`

const askOne = `
  import { cases } from "./cases.js"
  import { check } from "./check.js"
  console.log(JSON.stringify(await check(cases[0], "webgpu").catch((error) => ({ error: error.message }))))`

describe("webgpu", () => {
  const env = webgpuEnvironment()

  if (env) {
    it("every layer type stays within its rounding bound and WGSL's allowance, and the process exits by itself", async () => {
      const checked = (await runChild(checkAll, env)) as Checked[]
      expect(checked.map(({ name }) => name)).toEqual(cases.map(({ name }) => name))
      expect(checked.filter(({ backend, ratio }) => backend !== "webgpu" || !(ratio <= 1))).toEqual([])
    }, 120_000)

    it("plans come and go at the same time on one device", async () => {
      const checked = (await runChild(checkTogether, env)) as Checked[]
      expect(checked.length).toBeGreaterThan(20)
      expect(checked.filter(({ backend, ratio }) => backend !== "webgpu" || !(ratio <= 1))).toEqual([])
    })
  } else {
    it("has no driver file here: runs on whatever adapter answers, or is refused by name", async () => {
      const answer = (await runChild(askOne)) as Partial<Checked> & { error?: string }
      if (answer.error === undefined) expect(answer).toMatchObject({ backend: "webgpu" })
      else expect(answer.error).toContain("backend not available here: webgpu")
    }, 60_000)
  }
})
