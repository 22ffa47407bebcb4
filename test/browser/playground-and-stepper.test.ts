import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { takePicture } from "./browser.js"
import type { NotebookPage } from "./notebook-page.js"
import { useJupyterLab } from "./use-jupyterlab.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

const cells = {
  playground: "const first = playground()\nfirst",
  again: "first",
  slope: `[first.get("slope"), first.get("x"), first.get("lesson")].join(" ")`,
  stepper: `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")
const folds = foldStepper(net, { input: await loadArray("${data}/digits-100.npy") })
folds`,
  step: `[folds.widget.get("step"), folds.widget.get("channel"), String(folds)].join(" ")`,
}

const used = useJupyterLab("playground-and-stepper")
const { explainFailure } = used
let notebook: NotebookPage<keyof typeof cells>
beforeAll(async () => {
  notebook = await used.open(cells)
})

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
  await used.page.keyboard.press("Home")
  await used.page.keyboard.press("ArrowRight")
  await expect.poll(() => play().locator("[data-y]").getAttribute("data-y")).toMatch(/^-0\.029/)
  await kernelSays("slope", /^'0\.01 -2\.9 prelu'$/)
  await takePicture(used.page, "playground")
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
  await used.page.keyboard.press("End")
  await expect.poll(() => steps().getAttribute("data-step")).toBe("5")
  await steps().getByLabel("channel", { exact: true }).fill("3")
  await idle()
  expect(await steps().getAttribute("data-holds")).toBe("true")
  await steps().getByLabel("forgets to divide by n").check()
  await steps().and(used.page.locator("[data-holds=false]")).waitFor()
  await kernelSays("step", /^'5 3 Fold stepper of digits: .* beyond the bound on 10 of 10 probes/)
  await steps().scrollIntoViewIfNeeded()
  await takePicture(used.page, "fold-stepper")
})

test("axe-core finds no serious barrier in JupyterLab, dark and light", async () => {
  explainFailure("barriers")
  const { page } = used
  for (const theme of ["Dark", "Light"] as const) {
    await notebook.chooseTheme(theme)
    for (const widget of [".prelab-playground", ".prelab-fold-stepper"])
      expect(await barriers(page, widget), `${widget} in ${theme}`).toEqual([])
    await steps().scrollIntoViewIfNeeded()
    await takePicture(page, `fold-stepper-${theme.toLowerCase()}`)
  }
})

test("a reloaded page shows both as they were", async () => {
  explainFailure("reload")
  const { page } = used
  await notebook.save(used.path)
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
  const { page } = used
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
  expect(used.watched.foreign).toEqual([])
})
