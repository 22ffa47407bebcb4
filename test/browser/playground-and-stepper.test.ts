import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { openBrowser, screenshots, takePicture, type WatchedPage } from "./browser.js"
import { JupyterLab } from "./jupyterlab.js"
import { NotebookPage } from "./notebook-page.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))
const file = "playground-and-stepper.ipynb"

const cells = {
  playground: "const first = playground()\nfirst",
  again: "first",
  slope: `[first.get("slope"), first.get("x"), first.get("lesson")].join(" ")`,
  stepper: `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")
const folds = foldStepper(net, { input: await loadArray("${data}/digits-100.npy") })
folds`,
  step: `[folds.widget.get("step"), folds.widget.get("channel"), String(folds)].join(" ")`,
}

const folder = mkdtempSync(join(tmpdir(), "prelab-widgets-"))
let lab: JupyterLab
let watched: WatchedPage
let notebook: NotebookPage<keyof typeof cells>

beforeAll(async () => {
  lab = await JupyterLab.startThisBuild(folder, join(folder, ".prefix"))
  watched = await openBrowser()
  notebook = new NotebookPage(watched.page, cells)
  notebook.write(join(folder, file))
  await notebook.open(lab.urlOf(file))
})

afterAll(async () => {
  await watched?.browser.close()
  await lab?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function explainFailure(name: string): void {
  onTestFailed(async () => {
    await takePicture(watched.page, `failed-widgets-${name}`)
    console.log([`screenshots: ${screenshots}`, ...watched.console, lab.said].join("\n"))
  })
}

const play = (name: "playground" | "again" = "playground") =>
  notebook.cell(name).locator(".prelab-playground")
const steps = () => notebook.cell("stepper").locator(".prelab-fold-stepper")
const idle = () => notebook.cell("stepper").locator(".prelab-fold-stepper[aria-busy=false]").waitFor()

/** What a cell says of the kernel's side, once it says this. */
async function kernelSays(name: "slope" | "step", expected: RegExp): Promise<void> {
  await expect
    .poll(
      async () => {
        await notebook.run(name)
        return notebook.text(name)
      },
      { timeout: 30_000, interval: 500 },
    )
    .toMatch(expected)
}

test("the playground moves by mouse and by keys, and the kernel sees it", async () => {
  explainFailure("playground")
  await notebook.run("playground")
  await play().waitFor()
  await play().getByRole("button", { name: "leaky ReLU 0.01" }).click()
  await play().getByRole("slider", { name: "input x on the curve" }).focus()
  await watched.page.keyboard.press("Home")
  await watched.page.keyboard.press("ArrowRight")
  await expect.poll(() => play().locator("[data-y]").getAttribute("data-y")).toMatch(/^-0\.029/)
  await kernelSays("slope", /^'0\.01 -2\.9 prelu'$/)
  await takePicture(watched.page, "playground")
})

test("two views of one playground go together", async () => {
  explainFailure("two-views")
  await notebook.run("again")
  await play("again").waitFor()
  expect(await play("again").locator("[data-y]").getAttribute("data-y")).toMatch(/^-0\.029/)
  await play("again").getByRole("button", { name: "Batch norm" }).click()
  await expect.poll(() => play().locator(".lines").isVisible()).toBe(true)
  await play().getByRole("button", { name: "nearly dead" }).click()
  await expect.poll(() => play("again").getByLabel("value of input 0").inputValue()).toBe("0.9971")
  await kernelSays("slope", /batch-norm'$/)
})

test("the fold stepper walks by keys, takes a script's mistakes, and the kernel computes them", async () => {
  explainFailure("stepper")
  await notebook.run("stepper")
  await idle()
  await steps().getByRole("button", { name: "Next ▶" }).focus()
  await watched.page.keyboard.press("End")
  await expect.poll(() => steps().getAttribute("data-step")).toBe("5")
  await steps().getByLabel("channel", { exact: true }).fill("3")
  await idle()
  expect(await steps().getAttribute("data-holds")).toBe("true")
  await steps().getByLabel("forgets to divide by n").check()
  await steps().and(watched.page.locator("[data-holds=false]")).waitFor()
  await kernelSays("step", /^'5 3 Fold stepper of digits: .* beyond the bound on 10 of 10 probes/)
  await steps().scrollIntoViewIfNeeded()
  await takePicture(watched.page, "fold-stepper")
})

test("axe-core finds no serious barrier in JupyterLab, dark and light", async () => {
  explainFailure("barriers")
  const { page } = watched
  // JupyterLab remembers its theme: the last one is the one that it comes with.
  for (const theme of ["Dark", "Light"]) {
    await notebook.menu("Settings", "Theme")
    await page.locator(".lm-Menu-itemLabel").getByText(`JupyterLab ${theme}`, { exact: true }).click()
    await page.locator(`[data-jp-theme-light="${theme === "Light"}"]`).waitFor({ state: "attached" })
    for (const widget of [".prelab-playground", ".prelab-fold-stepper"])
      expect(await barriers(page, widget), `${widget} in ${theme}`).toEqual([])
    await steps().scrollIntoViewIfNeeded()
    await takePicture(page, `fold-stepper-${theme.toLowerCase()}`)
  }
})

test("a reloaded page shows both as they were", async () => {
  explainFailure("reload")
  const { page } = watched
  await notebook.save(join(folder, file))
  await page.reload()
  await page.locator(".jp-Notebook").waitFor()
  await notebook.idle()
  await play().waitFor()
  await expect.poll(() => play().getByLabel("value of input 0").inputValue()).toBe("0.9971")
  await idle()
  expect([await steps().getAttribute("data-step"), await steps().getAttribute("data-holds")]).toEqual([
    "5",
    "false",
  ])
  expect(await steps().getByLabel("channel", { exact: true }).inputValue()).toBe("3")
  await steps().getByLabel("forgets to divide by n").uncheck()
  await steps().and(page.locator("[data-holds=true]")).waitFor()
})

test("without its kernel the playground goes on, and the fold stepper says that nobody answers", async () => {
  explainFailure("restart")
  const { page } = watched
  await notebook.menu("Kernel", "Restart Kernel…")
  await page.getByRole("button", { name: "Confirm Kernel Restart" }).click()
  await notebook.idle()
  await play().getByRole("button", { name: "PReLU", exact: true }).click()
  await play().getByRole("button", { name: "identity 1" }).click()
  await expect.poll(() => play().locator("[data-y]").getAttribute("data-y")).toMatch(/^-2\.9/)
  await steps().getByLabel("channel", { exact: true }).fill("5")
  await steps().getByText("no answer yet: is the kernel running?").waitFor()
})

test("no request leaves the machine", () => {
  expect(watched.foreign).toEqual([])
})
