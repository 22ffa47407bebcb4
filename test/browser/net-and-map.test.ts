import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest"
import { openBrowser, screenshots, takePicture, type WatchedPage } from "./browser.js"
import { JupyterLab } from "./jupyterlab.js"
import { NotebookPage } from "./notebook-page.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

const cells = {
  load: `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")
const folded = foldBatchNorm(net).net
net.layers.length`,
  explorer: `const explorer = netExplorer(net, folded)
explorer`,
  chosen: `JSON.stringify([explorer.widget.get("chosen"), explorer.widget.get("query"), explorer.widget.get("closed")[0]!.length])`,
  map: `const map = await equivalenceMap(net, folded)
map`,
  ran: `[map.comparison.ran, map.widget.get("chosen").channel].join("; ")`,
}

const folder = mkdtempSync(join(tmpdir(), "prelab-net-and-map-"))
let lab: JupyterLab
let watched: WatchedPage
let notebook: NotebookPage<keyof typeof cells>

beforeAll(async () => {
  lab = await JupyterLab.startThisBuild(folder, join(folder, ".prefix"))
  watched = await openBrowser()
  notebook = new NotebookPage(watched.page, cells)
  notebook.write(join(folder, "widgets.ipynb"))
  await notebook.open(lab.urlOf("widgets.ipynb"))
})

afterAll(async () => {
  await watched?.browser.close()
  await lab?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function explainFailure(name: string): void {
  onTestFailed(async () => {
    await takePicture(watched.page, `failed-net-and-map-${name}`)
    console.log([`screenshots: ${screenshots}`, ...watched.console, lab.said].join("\n"))
  })
}

const explorer = () => notebook.cell("explorer").locator(".prelab-net")
const map = () => notebook.cell("map").locator(".prelab-map")

test("the net explorer is walked, searched and closed by keys that JupyterLab leaves to it", async () => {
  explainFailure("explorer")
  const { page } = watched
  await notebook.run("load")
  await notebook.run("explorer")
  await explorer().locator("[role=listbox]").first().focus()
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowDown")
  await expect.poll(() => explorer().getAttribute("data-layer")).toBe("conv1/bn")
  await page.keyboard.press("Space")
  await expect.poll(() => explorer().getAttribute("data-level")).toBe("mixed")
  await page.keyboard.press("Control+f")
  await page.keyboard.type("prelu")
  await page.keyboard.press("Enter")
  await expect.poll(() => explorer().getAttribute("data-layer")).toBe("prelu1")
  await explorer().getByRole("button", { name: "weigh its weights" }).click()
  await explorer().locator(".weights").waitFor()
  await takePicture(page, "net-explorer")
  await notebook.run("chosen")
  expect(await notebook.text("chosen")).toBe(`'[{"side":0,"layer":4},"prelu",1]'`)
})

test("the equivalence map runs again on another engine, live", async () => {
  explainFailure("map")
  const { page } = watched
  await notebook.run("map")
  await map().locator(".map").focus()
  await page.keyboard.press("Home")
  await page.keyboard.press("ArrowDown")
  await expect.poll(() => map().getAttribute("data-channel")).toBe("1")
  await map().getByLabel("engine").selectOption("gpu webasm")
  await expect
    .poll(() => map().locator("[role=status]:not(.gone)").textContent())
    .toMatch(/^gpu \(webasm\), /)
  await expect.poll(() => map().locator(".place").textContent()).toContain("conv1 [0, 1, ")
  await takePicture(page, "equivalence-map")
  await notebook.run("ran")
  expect(await notebook.text("ran")).toBe("'gpu (webasm); 1'")
})

test("a page that is loaded again shows what was chosen, closed and compared", async () => {
  explainFailure("reload")
  const { page } = watched
  await page.keyboard.press("Control+s")
  await page.reload()
  await page.locator(".jp-Notebook").waitFor()
  await notebook.idle()
  await expect.poll(() => explorer().getAttribute("data-layer")).toBe("prelu1")
  expect(await explorer().getAttribute("data-level")).toBe("mixed")
  expect(await explorer().locator(".weights").count()).toBe(1)
  await expect
    .poll(() => map().locator("[role=status]:not(.gone)").textContent())
    .toMatch(/^gpu \(webasm\), /)
  await explorer().locator("[role=listbox]").first().focus()
  await page.keyboard.press("Space")
  await expect.poll(() => explorer().getAttribute("data-level")).toBe("layers")
  expect(watched.foreign).toEqual([])
})
