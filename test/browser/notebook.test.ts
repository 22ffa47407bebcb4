import { cpSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"
import { beforeAll, expect, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { takePicture } from "./browser.js"
import { JupyterLab } from "./jupyterlab.js"
import { useJupyterLab } from "./use-jupyterlab.js"

const notebook = "01-take-a-net-apart.ipynb"
const plotlyMime = "application/vnd.plotly.v1+json"

interface SavedCell {
  cell_type: string
  source: string[]
  execution_count: number | null
  outputs: { output_type: string; ename?: string; evalue?: string; data?: Record<string, unknown> }[]
}

const used = useJupyterLab("first-notebook", { start: JupyterLab.start })
const { explainFailure } = used
beforeAll(() =>
  cpSync(fileURLToPath(new URL("../../notebooks", import.meta.url)), used.folder, { recursive: true }),
)

/** The code cells as JupyterLab saves them now. */
async function savedCells(page: Page): Promise<SavedCell[]> {
  const saved = page.waitForResponse((response) => response.request().method() === "PUT" && response.ok())
  await page.keyboard.press("Control+s")
  await saved
  const { cells } = JSON.parse(readFileSync(join(used.folder, notebook), "utf8")) as { cells: SavedCell[] }
  return cells.filter((cell) => cell.cell_type === "code")
}

function errorsIn(cells: SavedCell[]): string[] {
  return cells
    .flatMap((cell) => cell.outputs)
    .filter((output) => output.output_type === "error")
    .map(({ ename, evalue }) => `${ename}: ${evalue}`)
}

/** Resolves when no cell waits any more: each has its number, or was given up after an error. */
async function whenAllHaveRun(page: Page): Promise<void> {
  const prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
  await expect
    .poll(async () => (await prompts.allInnerTexts()).slice(0, 1), { timeout: 300_000 })
    .toEqual(["[1]:"])
  await expect.poll(() => prompts.allInnerTexts(), { timeout: 300_000 }).not.toContain("[*]:")
}

function outputsWith(cells: SavedCell[], mime: string): number {
  return cells.flatMap((cell) => cell.outputs).filter((output) => output.data && mime in output.data).length
}

test("the notebook runs in JupyterLab from its first cell to its last", async () => {
  explainFailure("run")
  const { page } = used
  await page.goto(used.lab.urlOf(notebook))
  await page.locator(".jp-Notebook").waitFor()
  // Cells that are run before the kernel has come make JupyterLab ask which kernel to use.
  await page.getByText("TypeScript (prelab) | Idle").waitFor()
  await page.locator(".lm-MenuBar-item", { hasText: /^Run$/ }).click()
  await page.locator(".lm-Menu-item", { hasText: /^Run All Cells$/ }).click()
  await whenAllHaveRun(page)
  const cells = await savedCells(page)
  expect(errorsIn(cells)).toEqual([])
  expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, i) => i + 1))
  await takePicture(page, "1-all-cells-run")
})

test("every figure is drawn", async () => {
  explainFailure("figures")
  const { page } = used
  const figures = outputsWith(await savedCells(page), plotlyMime)
  expect(figures).toBeGreaterThan(0)
  const drawn = page.locator(".jp-OutputArea .js-plotly-plot")
  await expect.poll(() => drawn.count()).toBe(figures)
  for (const [index, figure] of (await drawn.all()).entries()) {
    await figure.scrollIntoViewIfNeeded()
    await figure.locator("svg.main-svg").first().waitFor()
    await takePicture(page, `2-figure-${index + 1}`)
  }
})

test("axe-core finds no serious barrier in any output: figures, tables, a widget", async () => {
  explainFailure("barriers")
  const outputs = used.page.locator(".jp-OutputArea-output")
  for (const output of await outputs.all()) await output.scrollIntoViewIfNeeded()
  expect(await outputs.count()).toBeGreaterThan(5)
  expect(await barriers(used.page, ".jp-OutputArea-output")).toEqual([])
})

test("the slope explorer follows the pointer and the keys, and the kernel answers", async () => {
  explainFailure("explorer")
  const { page } = used
  const explorer = page.locator(".prelab-slopes")
  const value = (name: string) => explorer.getAttribute(`data-${name}`)
  await explorer.scrollIntoViewIfNeeded()
  await expect.poll(() => explorer.getAttribute("aria-busy")).toBe("false")
  const first = { channel: Number(await value("channel")), revision: Number(await value("revision")) }

  await explorer.locator(`[role=option][data-channel="${first.channel + 2}"]`).click({ force: true })
  await expect.poll(() => value("channel")).toBe(String(first.channel + 2))
  await page.keyboard.press("ArrowRight")
  await expect.poll(() => value("channel")).toBe(String(first.channel + 3))

  const slope = Number(await value("slope"))
  await page.keyboard.press("Shift+ArrowUp")
  await expect.poll(async () => Number(await value("slope"))).toBeGreaterThan(slope)
  await expect.poll(async () => Number(await value("revision"))).toBeGreaterThan(first.revision)
  await expect.poll(() => explorer.getAttribute("aria-busy")).toBe("false")
  await takePicture(page, "3-slope-explorer")
})

test("no request leaves the machine", () => {
  expect(used.watched.foreign).toEqual([])
})

test("Ctrl-C ends npm start cleanly", async () => {
  await used.watched.browser.close()
  expect([0, "SIGINT"]).toContain(await used.lab.stop())
  await expect(fetch(used.lab.address)).rejects.toThrow()
})
