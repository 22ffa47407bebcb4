import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { takePicture } from "./browser.js"
import type { NotebookPage } from "./notebook-page.js"
import { useJupyterLab } from "./use-jupyterlab.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

const cells = {
  load: `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")
const digits = { data: await loadArray("${data}/digits-100.npy") }
digits.data.shape.join("x")`,
  first: `const { engine, backend, detail, outputs } = await forward(net, digits, { engine: "browser" });
[engine, backend, detail].join("; ")`,
  right: `const right = await forward(net, digits)
Math.max(...outputs.prob!.data.map((p, i) => Math.abs(p - right.outputs.prob!.data[i]!))) < 1e-5`,
  webgl: `(await forward(net, digits, { engine: "browser", backend: "webgl2" })).backend`,
  compare: `const one = { data: { shape: [1, 1, 28, 28], data: digits.data.data.slice(0, 784) } }
const verdict = await compareNets(net, foldBatchNorm(net).net, { engines: ["reference", "browser"], inputs: one })
String(verdict)`,
  afterReload: `(await forward(net, digits, { engine: "browser" })).backend`,
  interrupted: `console.log("computing")
while (true) await forward(net, digits, { engine: "browser" })`,
  goesOn: `(await forward(net, digits, { engine: "browser" })).engine`,
}

const used = useJupyterLab("browser-engine", { gpu: "software" })
const { explainFailure } = used
let notebook: NotebookPage<keyof typeof cells>
beforeAll(async () => {
  notebook = await used.open(cells)
})

/** What a cell gave; the widget may stand above it. */
const result = async (name: keyof typeof cells) => (await notebook.output(name).allInnerTexts()).at(-1)
const card = () => notebook.cell("first").locator(".prelab-browser-engine")

test("a pass runs on the page's own GPU, and the widget says on which", async () => {
  explainFailure("pass")
  await notebook.run("load")
  expect(await notebook.text("load")).toBe("'100x1x28x28'")
  await notebook.run("first")
  expect(await result("first")).toMatch(/browser; webgpu; \d+ kernels, fused-encoder, google swiftshader/)
  await card().and(used.page.locator('[data-passes="1"]')).waitFor()
  const words = await card().locator("span").allTextContents()
  expect(words).toEqual([
    "gpu.js in this page",
    "webgpu",
    "google swiftshader",
    expect.stringMatching(/^last pass [\d.]+ ms, \d+ kernels$/),
  ])
  await notebook.run("right")
  expect(await result("right")).toBe("true")
  await card().scrollIntoViewIfNeeded()
  await takePicture(used.page, "browser-engine")
})

test("WebGL2 answers too where it is asked for", async () => {
  explainFailure("webgl2")
  await notebook.run("webgl")
  expect(await result("webgl")).toBe("'webgl2'")
})

test("two engines are compared, the reader's GPU against the reference", async () => {
  explainFailure("compare")
  await notebook.run("compare")
  expect(await result("compare")).toMatch(
    /Equivalent on reference \(typescript\) against browser \(webgpu\): .*within their bounds/,
  )
})

test("a Stop ends passes in the page, and the next one runs", async () => {
  explainFailure("stop")
  await notebook.start("interrupted")
  await notebook.output("interrupted").getByText("computing").waitFor()
  await notebook.stop("interrupted")
  expect(await notebook.text("interrupted")).toContain("Interrupted")
  await notebook.run("goesOn")
  expect(await result("goesOn")).toBe("'browser'")
})

test("after a reload the page is found again, and the widget still says what ran", async () => {
  explainFailure("reload")
  await notebook.save(used.path)
  await used.page.reload()
  await notebook.page.locator(".jp-Notebook").waitFor()
  await notebook.idle()
  await notebook.run("afterReload")
  expect(await result("afterReload")).toBe("'webgpu'")
  await card().scrollIntoViewIfNeeded()
  expect(await card().textContent()).toContain("last pass")
})

test("nothing was asked of the network", () => expect(used.watched.foreign).toEqual([]))
