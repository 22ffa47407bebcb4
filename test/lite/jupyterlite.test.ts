import { readFileSync } from "node:fs"
import { beforeAll, expect, test } from "vitest"
import { takePicture } from "../browser/browser.js"
import type { NotebookPage } from "../browser/notebook-page.js"
import { counterCell, throwingCell } from "../browser/shared-cells.js"
import { useLite } from "./lite-site.js"

const data = (name: string) => readFileSync(new URL(`../../notebooks/data/${name}`, import.meta.url))

const cells = {
  typed: `interface Layer { name: string; slope: number }
const layers: Layer[] = [{ name: "conv1", slope: 0.25 }]
console.log("one", { two: 2 })
console.error("three")
layers`,
  wrongType: `const text: string = layers.length`,
  throws: throwingCell,
  spin: `let turns = 0
console.log("spinning")
while (true) turns++`,
  wait: `console.log("waiting")
await new Promise(() => {})`,
  known: `[turns > 0, layers.length]`,
  typing: "layers[0]!.slo",
  later: `setTimeout(() => console.log("of the first"), 1500)
async function tell() {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 400))
  console.log("and its function")
}
void tell()`,
  meanwhile: `await new Promise((resolve) => setTimeout(resolve, 2500))
console.log("of the second")`,
  net: `const net = await loadNet("digits.prototxt", "digits.caffemodel")
net`,
  slopes: "preluSlopes(net)",
  proof: `const { net: folded, report } = foldBatchNorm(net)
await compareNets(net, folded)`,
  gpu: `const image = { data: { shape: [1, 1, 28, 28], data: Float32Array.from({ length: 784 }, (_, i) => (i % 29) / 29) } }
const [ours, gpus] = [await forward(net, image), await forward(net, image, { engine: "gpu" })]
const largest = Math.max(...ours.outputs.prob!.data.map((value, i) => Math.abs(value - gpus.outputs.prob!.data[i]!)));
[gpus.engine, gpus.backend, largest < 1e-4]`,
  save: `await saveNet(folded, "out/folded")
const again = await loadNet("out/folded.prototxt", "out/folded.caffemodel");
[net.layers.length, again.layers.length]`,
  helper: `import { twice } from "./twice.ts"
twice(21)`,
  wrongHelper: `twice("21")`,
  cdn: `import { version } from "some-package"
version`,
  widget: counterCell,
  explorer: "slopeExplorer(net, { input: image.data })",
  ask: `const reader = await input("name? ")
reader.toUpperCase()`,
  rejected: `void Promise.reject(new Error("nobody waits for it"))
"goes on"`,
  exit: `process.exit(0)`,
  gone: `layers`,
}

const used = useLite({
  files: {
    "digits.prototxt": data("digits.prototxt"),
    "digits.caffemodel": data("digits.caffemodel"),
    "twice.ts": "export const twice = (n: number): number => 2 * n\n",
    "some-package.js": `export const version = "7 of a network"\n`,
    "jupyter-lite.json": JSON.stringify({
      "jupyter-lite-schema-version": 0,
      "jupyter-config-data": {
        litePluginSettings: { "prelab:kernel": { cdn: "/files/{name}.js" } },
        exposeAppInBrowser: true,
      },
    }),
  },
  notebooks: { "cells.ipynb": cells },
})
const { explainFailure } = used
let notebook: NotebookPage<keyof typeof cells>
beforeAll(async () => {
  notebook = await used.open("cells.ipynb", cells)
})

test("a cell is TypeScript, prints in order and shows its value as in Node", async () => {
  explainFailure("typed")
  await notebook.run("typed")
  const text = await notebook.text("typed")
  expect(text).toContain("one { two: 2 }")
  expect(text).toContain("three")
  expect(await notebook.output("typed").locator("table").textContent()).toContain("conv1")
})

test("a wrong type is an error with its place, before the cell runs", async () => {
  explainFailure("wrong-type")
  await notebook.run("wrongType")
  expect(await notebook.text("wrongType")).toContain(
    "cell-2:1:7 - TS2322: Type 'number' is not assignable to type 'string'.",
  )
})

test("an error shows the line of the cell that it came from", async () => {
  explainFailure("throws")
  await notebook.run("throws")
  const text = await notebook.text("throws")
  expect(text).toContain("RangeError: 5 is odd")
  expect(text).toContain("at half (cell-3:2:26)")
  expect(text).toContain("at cell-3:5:1")
})

test("Stop ends a loop, and what waits, without shared memory, and keeps all variables", async () => {
  explainFailure("stop")
  expect(await used.page.evaluate("globalThis.crossOriginIsolated")).toBe(false)
  for (const name of ["spin", "wait"] as const) {
    await notebook.start(name)
    await notebook
      .output(name)
      .getByText(/^(spinning|waiting)/)
      .waitFor()
    await notebook.stop(name)
    expect(await notebook.text(name)).toContain("Interrupted: the cell was stopped")
  }
  await notebook.run("known")
  expect(await notebook.text("known")).toContain("[ true, 1 ]")
})

test("names are completed by their types while a cell computes", async () => {
  explainFailure("typing")
  await notebook.start("spin")
  await notebook.output("spin").getByText("spinning").waitFor()
  await notebook.edit("typing")
  await used.page.keyboard.press("Tab")
  await used.page.locator(".jp-Completer-item").getByText("slope").waitFor()
  await used.page.keyboard.press("Escape")
  await notebook.stop("spin")
})

test("what a cell prints later appears below it, also from its async functions", async () => {
  explainFailure("later")
  await notebook.start("later")
  await notebook.finished("later")
  await notebook.run("meanwhile")
  expect(await notebook.text("later")).toContain("of the first")
  expect(await notebook.text("later")).toContain("and its function")
  expect((await notebook.text("meanwhile")).trim()).toBe("of the second")
})

test("a net of the site's files is loaded, shown and proved to be the same after its fold", async () => {
  explainFailure("net")
  await notebook.run("net")
  expect(await notebook.text("net")).toContain("digits: 19 layers, 12,889 parameters")
  await notebook.run("slopes")
  await notebook.cell("slopes").locator("svg.main-svg").first().waitFor()
  await notebook.run("proof")
  expect(await notebook.text("proof")).toContain("Equivalent on reference")
  await notebook.output("slopes").scrollIntoViewIfNeeded()
  await takePicture(used.page, "lite-slopes")
})

test("gpu.js computes the net in the worker with the cells", async () => {
  explainFailure("gpu")
  await notebook.run("gpu")
  expect(await notebook.text("gpu")).toMatch(/\[ 'gpu', '(webgpu|webgl2|webasm)', true \]/)
})

test("files that a cell writes can be read again and are in the file browser", async () => {
  explainFailure("save")
  await notebook.run("save")
  expect(await notebook.text("save")).toContain("[ 19, 13 ]")
  await used.page.locator(".jp-DirListing-item").getByText("out", { exact: true }).waitFor()
})

test("the reader's own modules are imported with their types", async () => {
  explainFailure("helper")
  await notebook.run("helper")
  expect(await notebook.text("helper")).toContain("42")
  await notebook.run("wrongHelper")
  expect(await notebook.text("wrongHelper")).toContain("TS2345")
})

test("packages come from where the site says", async () => {
  explainFailure("cdn")
  await notebook.run("cdn")
  expect(await notebook.text("cdn")).toContain("7 of a network")
})

test("widgets and the kernel in the page keep one state", async () => {
  explainFailure("widget")
  await notebook.run("widget")
  const button = notebook.output("widget").getByRole("button")
  await button.click()
  await button.click()
  await button.getByText("2 clicks, doubled 4").waitFor()
  await notebook.run("explorer")
  await notebook.output("explorer").getByText("reference (typescript)").waitFor()
  await takePicture(used.page, "lite-slope-explorer")
})

test("a cell can ask the reader", async () => {
  explainFailure("ask")
  await notebook.start("ask")
  await notebook.cell("ask").locator(".jp-Stdin-input").fill("prelu")
  await used.page.keyboard.press("Enter")
  await notebook.finished("ask")
  expect(await notebook.text("ask")).toContain("PRELU")
})

test("a rejection that nobody waits for is shown and ends nothing", async () => {
  explainFailure("rejected")
  await notebook.run("rejected")
  await notebook.output("rejected").getByText("nobody waits for it").waitFor()
})

test("process.exit restarts the kernel, and its variables are gone", async () => {
  explainFailure("exit")
  await notebook.run("exit")
  expect(await notebook.text("exit")).toContain("the kernel has restarted")
  await notebook.run("gone")
  expect(await notebook.text("gone")).toContain("TS2304: Cannot find name 'layers'.")
})

/** What the notebook's kernel replies to requests, made by JupyterLab's own client of it. */
function ask<Content>(requests: string): Promise<Content> {
  return used.page.evaluate(`(async () => {
    const { sessions } = window.jupyterapp.serviceManager
    const [session] = sessions.running()
    const { kernel } = sessions.connectTo({ model: session })
    while (kernel.connectionStatus !== "connected") await new Promise((resolve) => setTimeout(resolve, 20))
    const content = async (reply) => (await reply).content
    const run = (code, more = {}) => content(kernel.requestExecute({ code, ...more }, false).done)
    return ${requests}
  })()`)
}

test("requests are answered in a page as they are in Node", async () => {
  explainFailure("requests")
  const { info, known, complete, incomplete, silent, expressions } = await ask<Record<string, never>>(`{
    info: await content(kernel.requestKernelInfo()),
    known: await content(kernel.requestInspect({ code: "preluSlopes", cursor_pos: 5, detail_level: 0 })),
    complete: await content(kernel.requestIsComplete({ code: "1 + 1" })),
    incomplete: await content(kernel.requestIsComplete({ code: "function f() {" })),
    silent: await run("1", { silent: true }),
    expressions: await run("const seven = 7", { user_expressions: { good: "seven + 1", bad: "nothing.at" } }),
  }`)
  expect(info).toMatchObject({
    status: "ok",
    implementation: "prelab",
    language_info: { name: "typescript" },
  })
  expect(known).toMatchObject({
    status: "ok",
    found: true,
    data: { "text/plain": expect.stringContaining("Net") },
  })
  expect(complete).toEqual({ status: "complete" })
  expect(incomplete).toEqual({ status: "incomplete", indent: "  " })
  expect(silent).toMatchObject({ status: "ok" })
  expect(expressions).toMatchObject({
    user_expressions: { good: { status: "ok", data: { "text/plain": "8" } }, bad: { status: "error" } },
  })
})

test("what waits behind a cell that fails is aborted", async () => {
  explainFailure("abort")
  const replies = await ask(`(await Promise.all(
    ["throw new Error('first')", "'second'"].map((code) => run(code, { stop_on_error: true })),
  )).map(({ status }) => status)`)
  expect(replies).toEqual(["error", "aborted"])
})

test("a restarted kernel knows no variable, and the cells of the session before", async () => {
  explainFailure("restart")
  const { before, history } = await ask<{ before: string; history: string[] }>(`{
    before: (await run("const beforeRestart = 1")).status,
    gone: await kernel.restart(),
    history: (await content(kernel.requestHistory({ hist_access_type: "search", pattern: "const before*", n: 1, output: false, raw: true })))
      .history.map(([, , input]) => input),
  }`)
  expect(before).toBe("ok")
  expect(history).toEqual(["const beforeRestart = 1"])
  const { evalue } = await ask<{ evalue: string }>(`await run("beforeRestart")`)
  expect(evalue).toBe("Cannot find name 'beforeRestart'.")
})

test("where a site lets pages share memory, Stop goes through it", async () => {
  explainFailure("isolated")
  const foreign = used.watched.foreign
  notebook = await used.open("cells.ipynb", cells, { isolated: true })
  expect(await used.page.evaluate("globalThis.crossOriginIsolated")).toBe(true)
  await notebook.start("spin")
  await notebook.output("spin").getByText("spinning").waitFor()
  await notebook.stop("spin")
  expect(await notebook.text("spin")).toContain("Interrupted: the cell was stopped")
  await notebook.run("net")
  expect(await notebook.text("net")).toContain("digits: 19 layers")
  used.watched.foreign.push(...foreign)
})

test("nothing is asked of any other place", () => {
  expect(used.watched.foreign).toEqual([])
})
