import { expect, it } from "vitest"
import type { Page, PageRequest } from "../../../src/engines/browser/page.js"
import { PagePlans } from "../../../src/engines/browser/page-plans.js"

/** A page that notes what it is asked, and runs only what it has. */
function page() {
  const has = new Set<string>()
  const log: string[] = []
  const ask: Page["ask"] = async (request: PageRequest) => {
    log.push(`${request.type} ${request.plan}`)
    await new Promise(setImmediate)
    if (request.type === "compile") has.add(request.plan)
    else if (!has.has(request.plan)) throw new Error(`no plan ${request.plan}`)
    if (request.type === "forget") has.delete(request.plan)
    return { answer: {}, arrays: [] }
  }
  return { page: { found: [], missing: [], ask }, has, log }
}

const written = { plan: { backend: "webgpu", inputs: [], kernels: [], results: [] }, data: [] } as const

it("a page keeps the six plans that ran last, and gets each once", async () => {
  const { page: one, has, log } = page()
  const plans = new PagePlans(one)
  const run = (plan: string) => plans.use(plan, written, () => one.ask({ type: "run", plan }))
  for (const plan of ["a", "b", "c", "d", "e", "f", "a", "g"]) await run(plan)
  expect([...has].toSorted()).toEqual(["a", "c", "d", "e", "f", "g"])
  expect(log.filter((line) => line === "compile a")).toHaveLength(1)
})

it("a page loses no plan that is about to run, however many are asked for at the same time", async () => {
  const { page: one, has } = page()
  const plans = new PagePlans(one)
  const names = Array.from({ length: 9 }, (_, i) => `plan ${i}`)
  await Promise.all(names.map((plan) => plans.use(plan, written, () => one.ask({ type: "run", plan }))))
  expect([...has].toSorted()).toEqual(names.slice(-6))
})

it("a plan that the page refuses is sent again", async () => {
  const { page: one, log } = page()
  let refuse = true
  const refusing: Page = {
    ...one,
    ask: (request) => (refuse ? Promise.reject(new Error("refused")) : one.ask(request)),
  }
  const plans = new PagePlans(refusing)
  await expect(plans.use("a", written, async () => {})).rejects.toThrow("refused")
  refuse = false
  await plans.use("a", written, async () => {})
  expect(log).toEqual(["compile a"])
})
