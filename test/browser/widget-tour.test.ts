import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { openBrowser, screenshots, takePicture, type WatchedPage } from "./browser.js"
import { JupyterLab } from "./jupyterlab.js"
import { NotebookPage, writeNotebook } from "./notebook-page.js"

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

const folder = mkdtempSync(join(tmpdir(), "prelab-widget-tour-"))
let lab: JupyterLab
let watched: WatchedPage
let notebook: NotebookPage<string>

beforeAll(async () => {
  cpSync(fileURLToPath(new URL("../../notebooks", import.meta.url)), folder, { recursive: true })
  const { cells } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
    cells: { id: string; cell_type: string; source: string[] }[]
  }
  const code = cells.filter(({ cell_type }) => cell_type === "code")
  // Without what is saved in it, which the page would show before any kernel has answered.
  writeNotebook(
    join(folder, file),
    code.map(({ source }) => source.join("")),
  )
  lab = await JupyterLab.startThisBuild(folder, join(folder, ".prefix"))
  watched = await openBrowser()
  notebook = new NotebookPage(
    watched.page,
    Object.fromEntries(code.map(({ id, source }) => [id, source.join("")])),
  )
  await notebook.open(lab.urlOf(file))
})

afterAll(async () => {
  await watched?.browser.close()
  await lab?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function explainFailure(name: string): void {
  onTestFailed(async () => {
    await takePicture(watched.page, `failed-tour-${name}`)
    console.log([`screenshots: ${screenshots}`, ...watched.console, lab.said].join("\n"))
  })
}

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

test.each(["Dark", "Light"])(
  "axe-core finds no serious barrier in any of them, in JupyterLab %s",
  async (theme) => {
    explainFailure(theme)
    const { page } = watched
    await notebook.menu("Settings", "Theme")
    await page.locator(".lm-Menu-itemLabel").getByText(`JupyterLab ${theme}`, { exact: true }).click()
    await page.locator(`[data-jp-theme-light="${theme === "Light"}"]`).waitFor({ state: "attached" })
    for (const name of names) {
      await shown(name)
      expect(await barriers(page, widgets[name]![0]), name).toEqual([])
      await takePicture(page, `tour-${name}-${theme.toLowerCase()}`)
    }
  },
)

test("a page that is loaded again shows all of them as they were", async () => {
  explainFailure("reload")
  const { page } = watched
  await notebook.save(join(folder, file))
  await page.reload()
  await page.locator(".jp-Notebook").waitFor()
  await notebook.idle()
  for (const name of names) await expectWords(name)
})

test("after a restart those that need the kernel say that it has ended, and their cells make new ones", async () => {
  explainFailure("restart")
  await notebook.menu("Kernel", "Restart Kernel…")
  await watched.page.getByRole("button", { name: "Confirm Kernel Restart" }).click()
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
  expect(watched.foreign).toEqual([])
  expect(watched.console.filter((line) => line.startsWith("uncaught"))).toEqual([])
})
