import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { takePicture } from "./browser.js"
import type { NotebookPage } from "./notebook-page.js"
import { useJupyterLab } from "./use-jupyterlab.js"

// All seven widgets as the tour has them, in one notebook and one kernel.

const file = "06-widget-tour.ipynb"

/** Each cell's widget, and words that it shows once its kernel has answered. */
const widgets: Readonly<Record<string, readonly [selector: string, words: RegExp]>> = {
  playground: [".prelab-playground", /leaky ReLU/],
  "net-explorer": [".prelab-net", /6 layers removed/],
  "slope-explorer": [".prelab-slopes", /predicted class/],
  "fold-stepper": [".prelab-fold-stepper", /Within the bound on all/],
  "equivalence-map": [".prelab-map", /Not equivalent/],
  "activation-viewer": [".prelab-activations", /predicted class/],
  "training-cockpit": [".prelab-cockpit", /iteration 40 of 150/],
}
const names = Object.keys(widgets)

const used = useJupyterLab("widget-tour")
const { explainFailure } = used
let notebook: NotebookPage<string>
beforeAll(async () => {
  cpSync(fileURLToPath(new URL("../../notebooks", import.meta.url)), used.folder, { recursive: true })
  const { cells } = JSON.parse(readFileSync(join(used.folder, file), "utf8")) as {
    cells: { id: string; cell_type: string; source: string[] }[]
  }
  const code = cells.filter(({ cell_type }) => cell_type === "code")
  // Without what is saved in it, which the page would show before any kernel has answered.
  notebook = await used.open(Object.fromEntries(code.map(({ id, source }) => [id, source.join("")])), file)
})

/** The widget below a cell, in sight: JupyterLab draws no other. */
async function shown(name: string) {
  await notebook.edit(name)
  const widget = notebook.cell(name).locator(widgets[name]![0])
  await widget.scrollIntoViewIfNeeded()
  return widget
}

async function expectWords(name: string): Promise<void> {
  const widget = await shown(name)
  await expect.poll(() => widget.textContent(), { timeout: 60_000 }).toMatch(widgets[name]![1])
}

test("the tour has a cell for each of the seven widgets", () => {
  expect(Object.keys(notebook.sources)).toEqual(names)
})

test.each(names)("the %s appears and gets its numbers from the kernel", async (name) => {
  explainFailure(name)
  await notebook.start(name)
  await expectWords(name)
})

test.each(["Dark", "Light"] as const)(
  "axe-core finds no serious barrier in any of them, in JupyterLab %s",
  async (theme) => {
    explainFailure(theme)
    const { page } = used
    await notebook.chooseTheme(theme)
    for (const name of names) {
      await shown(name)
      expect(await barriers(page, widgets[name]![0]), name).toEqual([])
      await takePicture(page, `tour-${name}-${theme.toLowerCase()}`)
    }
  },
)

test("a page that is loaded again shows all of them as they were", async () => {
  explainFailure("reload")
  const { page } = used
  await notebook.save(used.path)
  await page.reload()
  await page.locator(".jp-Notebook").waitFor()
  await notebook.idle()
  for (const name of names) await expectWords(name)
})

test("after a restart those that need the kernel say that it has ended, and their cells make new ones", async () => {
  explainFailure("restart")
  await notebook.menu("Kernel", "Restart Kernel…")
  await used.page.getByRole("button", { name: "Confirm Kernel Restart" }).click()
  await notebook.idle()
  for (const name of names.filter((each) => each !== "playground")) {
    const widget = await shown(name)
    await widget.getByText("The kernel of this widget has ended").waitFor()
  }
  for (const name of names) {
    await notebook.start(name)
    await expectWords(name)
    const ended = (await shown(name)).getByText("The kernel of this widget has ended")
    await expect.poll(() => ended.count(), { timeout: 60_000 }).toBe(0)
  }
})

test("no request leaves the machine, and no script of the page fails", () => {
  expect(used.watched.foreign).toEqual([])
  expect(used.watched.console.filter((line) => line.startsWith("uncaught"))).toEqual([])
})
