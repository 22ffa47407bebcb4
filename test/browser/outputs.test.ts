import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { openBrowser, screenshots, takePicture, type WatchedPage } from "./browser.js"
import { JupyterLab } from "./jupyterlab.js"

// Every output of every notebook as it is stored, before anything has run: each kind of figure and table is there once.

const notebooks = fileURLToPath(new URL("../../notebooks", import.meta.url))
const names = readdirSync(notebooks).filter((name) => name.endsWith(".ipynb"))

const folder = mkdtempSync(join(tmpdir(), "prelab-outputs-"))
let lab: JupyterLab
let watched: WatchedPage

beforeAll(async () => {
  cpSync(notebooks, folder, { recursive: true })
  for (const name of names) drawFigures(join(folder, name))
  lab = await JupyterLab.startThisBuild(folder, join(folder, ".prefix"))
  watched = await openBrowser()
})

afterAll(async () => {
  await watched?.browser.close()
  await lab?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * Takes the stored pictures of figures away: plotly's extension shows them, without words, in place of the figure until
 * somebody points at it, and that is not ours to mend.
 */
function drawFigures(path: string): void {
  const notebook = JSON.parse(readFileSync(path, "utf8")) as { cells: { outputs?: { data?: object }[] }[] }
  for (const { outputs = [] } of notebook.cells)
    for (const output of outputs)
      if (output.data && "application/vnd.plotly.v1+json" in output.data)
        output.data = Object.fromEntries(Object.entries(output.data).filter(([mime]) => mime !== "image/png"))
  writeFileSync(path, JSON.stringify(notebook))
}

/**
 * JupyterLab takes `tabindex` from the boxes of stored tables until the notebook is trusted or run. Browsers give the focus to
 * boxes that scroll by themselves meanwhile.
 */
function isStripped(line: string): boolean {
  return line.startsWith("scrollable-region-focusable: <div style=")
}

test.each(names)("%s, as it is stored, keeps nobody out: axe-core finds no serious barrier", async (name) => {
  onTestFailed(async () => {
    await takePicture(watched.page, `failed-outputs-${name}`)
    console.log([`screenshots: ${screenshots}`, ...watched.console, lab.said].join("\n"))
  })
  const { page } = watched
  await page.goto(lab.urlOf(name))
  await page.locator(".jp-Notebook").waitFor()
  await page.getByText("TypeScript (prelab) | Idle").waitFor()
  const outputs = page.locator(".jp-OutputArea-output")
  await outputs.first().waitFor()
  // JupyterLab draws what is in sight.
  for (const output of await outputs.all()) await output.scrollIntoViewIfNeeded()
  await expect
    .poll(() => page.locator(".js-plotly-plot:not(:has(svg.main-svg))").count(), { timeout: 60_000 })
    .toBe(0)
  const found = await barriers(page, ".jp-OutputArea-output")
  expect(found.filter((line) => !isStripped(line))).toEqual([])
})

test("no request leaves the machine", () => {
  expect(watched.foreign).toEqual([])
})
