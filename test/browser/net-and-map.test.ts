import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { takePicture } from "./browser.js"
import type { NotebookPage } from "./notebook-page.js"
import { useJupyterLab } from "./use-jupyterlab.js"

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

const used = useJupyterLab("net-and-map")
const { explainFailure } = used
let notebook: NotebookPage<keyof typeof cells>
beforeAll(async () => {
  notebook = await used.open(cells)
})

const explorer = () => notebook.cell("explorer").locator(".prelab-net")
const map = () => notebook.cell("map").locator(".prelab-map")

test("the net explorer is walked, searched and closed by keys that JupyterLab leaves to it", async () => {
  explainFailure("explorer")
  const { page } = used
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
  const { page } = used
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
  const { page } = used
  await notebook.save(used.path)
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
  expect(used.watched.foreign).toEqual([])
})
