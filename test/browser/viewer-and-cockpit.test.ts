import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { takePicture } from "./browser.js"
import type { NotebookPage } from "./notebook-page.js"
import { useJupyterLab } from "./use-jupyterlab.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

const cells = {
  load: `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")
const images = await loadArray("${data}/digits-100.npy")
const labels = await loadArray("${data}/digits-100-labels.npy")`,
  viewer: `const viewer = activationViewer(net, { input: images })
viewer`,
  drawn: `viewer.input.data.reduce((sum, x) => sum + x, 0) > 10 && viewer.widget.get("drawing") !== ""`,
  explorer: `const explorer = slopeExplorer(net, { input: images })
explorer`,
  chosen: `["layer", "sort", "filter"].map((name) => explorer.widget.get(name as "layer"))`,
  cockpit: `const solver = { net: "${data}/small-lenet.prototxt", base_lr: 0.01, lr_policy: "fixed", max_iter: 100_000 }
const cockpit = await trainingCockpit(solver, { data: images, labels })
cockpit`,
  reached: "[cockpit.run.iteration > 0, cockpit.net.parameters > 1000]",
}

const used = useJupyterLab("viewer-and-cockpit")
const { explainFailure } = used
let notebook: NotebookPage<keyof typeof cells>
beforeAll(async () => {
  notebook = await used.open(cells)
})

const viewer = () => used.page.locator(".prelab-activations")
const cockpit = () => used.page.locator(".prelab-cockpit")
const iteration = async () => Number(await cockpit().getAttribute("data-iteration"))

test("a digit that is drawn in the notebook goes through the net of the kernel", async () => {
  explainFailure("viewer")
  await notebook.run("load")
  await notebook.run("viewer")
  await expect.poll(() => viewer().getAttribute("aria-busy")).toBe("false")
  await viewer().scrollIntoViewIfNeeded()
  await viewer().getByText("Clear").click()
  const pad = (await viewer().locator(".pad").boundingBox())!
  const at = (x: number, y: number) => [pad.x + (x / 28) * pad.width, pad.y + (y / 28) * pad.height] as const
  await used.page.mouse.move(...at(14, 6))
  await used.page.mouse.down()
  await used.page.mouse.move(...at(14, 21), { steps: 10 })
  await used.page.mouse.up()
  await expect.poll(() => viewer().getAttribute("data-input")).toBe("drawing")
  await expect.poll(() => viewer().getAttribute("aria-busy")).toBe("false")
  await expect.poll(() => viewer().locator(".output").getAttribute("data-largest")).toBe("1")
  await notebook.run("drawn")
  expect(await notebook.text("drawn")).toBe("true")
  await takePicture(used.page, "viewer")
})

test("the slope explorer's layers, order and filter are the kernel's too", async () => {
  explainFailure("explorer")
  await notebook.run("explorer")
  const explorer = used.page.locator(".prelab-slopes")
  await expect.poll(() => explorer.getAttribute("aria-busy")).toBe("false")
  await explorer.locator(".strips").focus()
  await used.page.keyboard.press("ArrowRight")
  await explorer.getByLabel("sort by").selectOption("slope")
  await explorer.getByLabel("show").selectOption("negative")
  expect(await explorer.locator(".slopes [role=option]").count()).toBe(2)
  await notebook.run("chosen")
  expect(await notebook.text("chosen")).toBe("[ 1, 'slope', 'negative' ]")
  await takePicture(used.page, "explorer")
})

test("the cockpit trains while cells run; Stop pauses it, and the net is there", async () => {
  explainFailure("cockpit")
  await notebook.run("cockpit")
  await cockpit().scrollIntoViewIfNeeded()
  await cockpit().getByText("Start").click()
  await expect.poll(iteration).toBeGreaterThan(3)
  await notebook.run("reached")
  expect(await notebook.text("reached")).toBe("[ true, true ]")
  expect(await cockpit().getAttribute("data-phase")).toBe("training")
  await used.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').click()
  await expect.poll(() => cockpit().getAttribute("data-phase")).toBe("paused")
  await takePicture(used.page, "cockpit")
})

test("a page that is loaded again shows the drawing and the curves, and their buttons work", async () => {
  explainFailure("reload")
  const before = await iteration()
  await notebook.save(used.path)
  await used.page.reload()
  await notebook.idle()
  await expect.poll(iteration).toBe(before)
  expect(await viewer().getAttribute("data-input")).toBe("drawing")
  expect(await viewer().locator(".output").getAttribute("data-largest")).toBe("1")
  await cockpit().scrollIntoViewIfNeeded()
  await cockpit().getByText("Step").click()
  await expect.poll(iteration).toBe(before + 1)
})

test("after a restart of the kernel nothing hangs: the curves can be read, and a button says that nobody answers", async () => {
  explainFailure("restart")
  const before = await iteration()
  await notebook.menu("Kernel", "Restart Kernel…")
  await used.page.locator(".jp-Dialog .jp-mod-accept").click()
  await notebook.idle()
  await cockpit().locator(".chart[role=application]").focus()
  await used.page.keyboard.press("Home")
  await expect.poll(() => cockpit().locator(".readout").textContent()).toMatch(/^iteration 0: run 1 loss /)
  expect(await iteration()).toBe(before)
  await cockpit().getByText("Step").click()
  await expect.poll(() => cockpit().locator(".status").textContent()).toMatch(/^no answer/)
})

test("no request leaves the machine", () => {
  expect(used.watched.foreign).toEqual([])
})
