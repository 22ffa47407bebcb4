import { createRequire } from "node:module"
import { type Browser, chromium } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { bundleOfResult, results } from "./results.js"

let browser: Browser
beforeAll(async () => {
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu"]
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args })
})
afterAll(() => browser.close())

test("plotly finds nothing wrong with any figure, and draws every trace and panel", async () => {
  const page = await browser.newPage({ viewport: { width: 700, height: 900 } })
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("plotly.js/plotly.min.js") })
  const errors: string[] = []
  page.on("pageerror", (error) => errors.push(error.message))
  for (const [name, value] of Object.entries(await results())) {
    const figure = (await bundleOfResult(value))["application/vnd.plotly.v1+json"]
    if (figure === undefined) continue
    const { wrong, traces, wide } = await page.evaluate(draw, JSON.stringify(figure))
    expect(wrong, name).toEqual([])
    expect(traces, name).toBe((figure as { data: unknown[] }).data.length)
    expect(wide, name).toBeLessThanOrEqual(700)
  }
  expect(errors).toEqual([])
}, 120_000)

interface Page {
  Plotly: {
    validate(data: object[], layout: object): { code: string; msg: string }[] | undefined
    newPlot(
      element: unknown,
      data: object[],
      layout: object,
      config: object,
    ): Promise<{ _fullData: { visible: unknown }[] }>
  }
  document: {
    body: { replaceChildren(element: unknown): void; scrollWidth: number }
    createElement(tag: string): unknown
  }
}

/** Runs in the page. */
async function draw(json: string): Promise<{ wrong: string[]; traces: number; wide: number }> {
  const page = globalThis as unknown as Page
  const { data, layout, config } = JSON.parse(json)
  // plotly's own validate throws on any layout.legend; what it draws of it is looked at.
  const { legend, ...rest } = layout
  // "unused": a colour of lines that are not shown.
  const wrong = (page.Plotly.validate(data, rest) ?? [])
    .filter(({ code }) => code !== "unused")
    .map(({ msg }) => msg)
  const element = page.document.createElement("div")
  page.document.body.replaceChildren(element)
  const drawn = await page.Plotly.newPlot(element, data, layout, config)
  const traces = drawn._fullData.filter(({ visible }) => visible === true).length
  return { wrong, traces, wide: page.document.body.scrollWidth }
}
