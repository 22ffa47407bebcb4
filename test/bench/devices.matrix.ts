import { writeFileSync } from "node:fs"
import { cpus, platform } from "node:os"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test, vi } from "vitest"
import { table } from "../../src/cli/table.js"
import { findPage } from "../../src/engines/browser/page.js"
import { describeBackends, type FoundBackend } from "../../src/engines/gpu/describe.js"
import { type Backend, type EngineName, engineOf } from "../../src/engines/index.js"
import { bundledScripts } from "../engines/browser/bundle.js"
import { hasChromium } from "../engines/browser/chromium.js"
import { openPageOfTests } from "../engines/browser/page-of-tests.js"
import { casesOf, readCase } from "../oracle/case.js"
import { compareEveryLayer, netsOfLayers } from "../oracle/every-layer.js"
import { finiteOnly } from "../oracle/finite-only.js"
import { loadCase } from "../oracle/run-case.js"
import { compareApart, fitting, storedValues, takeApart } from "../oracle/stored-bottoms.js"
import { Worst } from "../oracle/worst.js"
import { median } from "./statistics.mjs"
import "../oracle/software-webgpu.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))
vi.mock("../../src/widgets/page-scripts.js", () => ({ pageScripts: () => bundledScripts() }))

interface Place {
  readonly name: string
  readonly engine: EngineName
  readonly backend: Backend
  readonly adapter: string
}

const results = fileURLToPath(new URL("results/devices.json", import.meta.url))
const rounds = Number(process.env.PRELAB_ROUNDS ?? 5)
const nets = Object.keys(netsOfLayers).filter(
  (name) => process.env.PRELAB_EVERY_LAYER || name !== "open_nsfw",
)
let page: Awaited<ReturnType<typeof openPageOfTests>> | undefined
afterAll(() => page?.close())

async function places(): Promise<{ there: Place[]; missing: string[] }> {
  const node = (await describeBackends()).map((found: FoundBackend) => ({
    ...found,
    name: `Node ${found.backend}`,
  }))
  const there = node.flatMap((found): Place[] =>
    "detail" in found
      ? [
          {
            name: found.name,
            engine: "gpu",
            backend: found.backend,
            adapter: found.detail.replace(/^yes,? ?/, ""),
          },
        ]
      : [],
  )
  const missing = node.flatMap((found) => ("error" in found ? [`${found.name}: ${found.error}`] : []))
  if (!hasChromium) return { there, missing: [...missing, "page: no Chromium at /usr/bin/chromium"] }
  page = await openPageOfTests()
  const inPage = await findPage()
  for (const { backend, adapter } of inPage.found)
    there.push({ name: `page ${backend}`, engine: "browser", backend, adapter })
  return { there, missing: [...missing, ...inPage.missing.map((why) => `page ${why}`)] }
}

/** The worst share of its bound that any layer of any oracle case needs. */
async function overCases({ engine, backend }: Place): Promise<Worst> {
  const worst = new Worst()
  for (const category of ["layers", "formats"])
    for (const name of casesOf(category)) {
      const of = readCase(category, name)
      const loaded = await loadCase(of)
      const stored = storedValues(of, loaded)
      const apart = takeApart(loaded, stored)
      const finite =
        backend.startsWith("web") && backend !== "webasm" ? finiteOnly[`${category}/${name}`] : []
      worst.join(await compareApart(apart, fitting(apart, backend).fit, stored, backend, finite, engine))
    }
  return worst
}

/**
 * Whole passes of a net on every place in turns: the first one, which compiles, and the median of the others.
 */
async function passes(name: string, there: readonly Place[]) {
  const { net, calls, inputs } = await netsOfLayers[name]!()
  const runs = []
  for (const place of there) {
    const plan = await engineOf(place.engine).compile(calls, net.outputs, { backend: place.backend })
    const from = performance.now()
    await plan.run(inputs)
    runs.push({ place, plan, first: performance.now() - from, times: [] as number[] })
  }
  for (let round = 0; round < rounds; round++)
    for (const run of round % 2 ? runs.toReversed() : runs) {
      const from = performance.now()
      await run.plan.run(inputs)
      run.times.push(performance.now() - from)
    }
  for (const { plan } of runs) await plan.dispose()
  return runs.map(({ place, plan, first, times }) => ({
    ...{ place: place.name, detail: plan.detail, first, median: median(times) as number },
  }))
}

test("the devices of this machine", async () => {
  const { there, missing } = await places()
  const correct: Record<string, Record<string, string>> = {}
  for (const place of there) {
    const row: Record<string, string> = { "oracle cases": `${await overCases(place)}` }
    for (const name of nets) {
      row[name] = `${await compareEveryLayer(await netsOfLayers[name]!(), place.engine, place.backend)}`
    }
    correct[place.name] = row
    for (const [what, share] of Object.entries(row))
      expect(share === "exact" || Number(share) <= 1, `${place.name}, ${what}: ${share}`).toBe(true)
  }
  const times: Record<string, Awaited<ReturnType<typeof passes>>> = {}
  for (const name of nets) times[name] = await passes(name, there)

  const machine = {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    platform: platform(),
    node: process.version,
  }
  writeFileSync(
    results,
    `${JSON.stringify({ machine, rounds, places: there, missing, correct, times }, null, 2)}\n`,
  )
  const base = (name: string) => times[name]!.find(({ place }) => place === "Node webasm")!.median
  const ratio = (name: string, place: string) => {
    const found = times[name]!.find((one) => one.place === place)!
    return `${(found.median / base(name)).toPrecision(3)} (first ${(found.first / base(name)).toPrecision(3)})`
  }
  console.log(
    [
      `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}; ${rounds} rounds in turns`,
      ...there.map(({ name, adapter }) => `${name}: ${adapter || "this machine's processor"}`),
      ...missing.map((why) => `not there: ${why}`),
      "",
      "worst difference as a share of the bound; exact: every bit agrees",
      table(
        ["place", "oracle cases", ...nets],
        there.map(({ name }) => [name, ...["oracle cases", ...nets].map((what) => correct[name]![what]!)]),
      ),
      "a whole pass, times that of webasm in Node; with the compilation",
      table(
        ["place", ...nets],
        there.map(({ name }) => [name, ...nets.map((net) => ratio(net, name))]),
      ),
    ].join("\n"),
  )
})
