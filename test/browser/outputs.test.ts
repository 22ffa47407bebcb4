import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { useJupyterLab } from "./use-jupyterlab.js"

// Every output of every notebook as it is stored, before anything has run: each kind of figure and table is there once.

const notebooks = fileURLToPath(new URL("../../notebooks", import.meta.url))
const names = readdirSync(notebooks).filter((name) => name.endsWith(".ipynb"))

const used = useJupyterLab("outputs")
beforeAll(() => {
  cpSync(notebooks, used.folder, { recursive: true })
  for (const name of names) drawFigures(join(used.folder, name))
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
  used.explainFailure(name)
  const { page } = used
  await page.goto(used.lab.urlOf(name))
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
  expect(used.watched.foreign).toEqual([])
})
