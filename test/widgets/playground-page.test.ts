import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { playground } from "../../src/widgets/open-playground.js"
import { batchNormSteps } from "../../src/widgets/playground-maths.js"
import {
  type PlaygroundState,
  playgroundDefaults,
  samplePresets,
} from "../../src/widgets/playground-state.js"
import { waitFor } from "../patience.js"
import { mountWidget } from "./mounted-widget.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

async function open(state: Partial<PlaygroundState> = {}, theme: Theme = "light", width = 820) {
  const opened = await openPage(browser, theme, width)
  const { made, wire } = await mountWidget(opened.page, "playground", () => playground(state))
  return { ...opened, made, wire }
}

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })
const shownY = (page: Page) => page.getAttribute("[data-y]", "data-y").then(Number)
const holds = (page: Page) => page.getAttribute(".verdict", "data-holds")

test("the slope is set by box, slider keys and names, and the kernel sees it", async () => {
  const { page, errors, made } = await open()
  expect(await shownY(page)).toBe(-0.5)
  await field(page, "slope a").fill("0.5")
  await waitFor(() => expect(made.get("slope")).toBe(0.5))
  expect(await shownY(page)).toBe(-1)
  await page.focus('[aria-label="slope a, slider"]')
  await page.keyboard.press("ArrowRight")
  await waitFor(() => expect(made.get("slope")).toBe(0.51))
  await page.click("text=ReLU 0 >> nth=0")
  await waitFor(() => expect(made.get("slope")).toBe(0))
  expect(await page.getAttribute("button:text-is('ReLU 0')", "aria-pressed")).toBe("true")
  expect(await page.textContent(".meaning")).toMatch(/^ReLU: what is below 0 becomes 0/)
  expect(await shownY(page)).toBe(0)
  await field(page, "slope a").fill("1.5")
  expect(await page.textContent(".meaning")).toMatch(/^slope above 1/)
  expect(await page.locator(".shorthand").count()).toBe(1)
  expect(errors).toEqual([])
  await page.close()
})

test("the point on the curve is dragged by the mouse and moved by keys", async () => {
  const { page, errors, made } = await open({ x: 1 })
  const box = (await page.locator(".point").boundingBox())!
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x - 60, box.y, { steps: 5 })
  await page.mouse.up()
  await waitFor(() => expect(made.get("x")).toBeLessThan(0.5))
  await page.focus(".point")
  await page.keyboard.press("Home")
  expect(await page.getAttribute(".point", "aria-valuetext")).toBe("x -3, y -0.75")
  await page.keyboard.press("ArrowRight")
  await page.keyboard.press("Shift+ArrowRight")
  await waitFor(() => expect(made.get("x")).toBe(-2.89))
  await waitFor(async () =>
    expect(await page.textContent("[aria-live=polite]")).toBe(
      "slope 0.25, PReLU's start; x -2.89, y -0.7225",
    ),
  )
  expect(await page.evaluate("document.activeElement.getAttribute('class')")).toBe("point dot")
  expect(errors).toEqual([])
  await page.close()
})

test("keys change the lesson, and an input is dragged, moved and typed", async () => {
  const { page, errors, made } = await open()
  await page.focus("text=PReLU >> nth=0")
  await page.keyboard.press("Tab")
  await page.keyboard.press("Enter")
  await waitFor(() => expect(made.get("lesson")).toBe("batch-norm"))
  expect([await page.isVisible(".lines"), await page.isVisible(".point")]).toEqual([true, false])
  const dot = page.locator('circle[aria-label="input 2"]')
  const box = (await dot.boundingBox())!
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + 80, box.y + 2, { steps: 6 })
  await page.mouse.up()
  await waitFor(() => expect(made.get("samples")[2]).toBeGreaterThan(0.9))
  expect(made.get("sample")).toBe(2)
  const before = made.get("samples")[2]!
  await dot.focus()
  await page.keyboard.press("ArrowLeft")
  await waitFor(() => expect(made.get("samples")[2]).toBeCloseTo(before - 0.05, 6))
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("input 2")
  await field(page, "value of input 2").fill("0.25")
  await waitFor(() => expect(made.get("samples")[2]).toBe(0.25))
  expect(made.get("samples").filter((_, i) => i !== 2)).toEqual(
    samplePresets.healthy.filter((_, i) => i !== 2),
  )
  expect(errors).toEqual([])
  await page.close()
})

test("a script's wrong eps leaves the bound in a nearly dead channel, and the table has the kernel's numbers", async () => {
  const { page, errors, made } = await open({ lesson: "batch-norm" })
  expect(await holds(page)).toBe("true")
  await page.click("text=nearly dead")
  expect(await holds(page)).toBe("true")
  expect(await page.textContent("section:nth-of-type(2) .formula")).toContain("it decides")
  await field(page, "the script's ε").selectOption({ label: "1e-3, the default of Keras" })
  expect(await holds(page)).toBe("false")
  expect(await page.textContent(".verdict")).toMatch(/^✗ not the same\. Largest difference .*α is 0\.1/)
  await field(page, "the script's ε").selectOption({ label: "the layer's own" })
  await page.check("text=it forgets to divide by n")
  expect(await holds(page)).toBe("false")
  await page.uncheck("text=it forgets to divide by n")
  await field(page, "eps ε").fill("0.001")
  await waitFor(() => expect(made.get("eps")).toBe(0.001))
  await page.click("summary:visible")
  const cells = (await page.evaluate(
    "[...document.querySelectorAll('.scroll tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.dataset.value)))",
  )) as number[][]
  const state = { ...playgroundDefaults, samples: [...samplePresets["nearly dead"]], eps: 0.001 }
  expect(cells.map((row) => row.slice(0, 6))).toEqual(
    batchNormSteps(state).samples.map(({ u, x, centred, y, z, folded }) => [u, x, centred, y, z, folded]),
  )
  expect(errors).toEqual([])
  await page.close()
})

test("a channel in which nothing varies is shown, with eps and without", async () => {
  const { page, errors } = await open({ lesson: "batch-norm", samples: [1, 1, 1, 1] })
  expect(await holds(page)).toBe("true")
  await field(page, "eps ε").fill("0")
  expect(await page.textContent(".verdict")).toContain("There is no number to compare.")
  expect(await page.locator("circle[role=slider]").count()).toBe(5)
  expect(errors).toEqual([])
  await page.close()
})

test("what the kernel sets is on the page", async () => {
  const { page, made } = await open()
  made.set("slope", -1)
  await page.waitForSelector("text=the absolute value")
  made.set("lesson", "batch-norm")
  await page.waitForSelector(".lines:visible")
  await page.close()
})

test("without a kernel everything goes on", async () => {
  const { page, errors, made } = await open()
  made.close()
  await field(page, "slope a").fill("-1")
  expect(await shownY(page)).toBe(2)
  await page.click("text=Batch norm")
  await page.click("text=shifted")
  expect(await holds(page)).toBe("true")
  expect(made.get("slope")).toBe(0.25)
  expect(errors).toEqual([])
  await page.close()
})

test("a hundred rapid changes end in the last one on both sides, in few messages", async () => {
  const { page, made, wire } = await open()
  await page.evaluate(`(() => {
    const slider = document.querySelector('[aria-label="slope a, slider"]')
    for (let i = 1; i <= 100; i++) {
      slider.value = String(i / 100)
      slider.dispatchEvent(new Event("input"))
    }
  })()`)
  await waitFor(() => expect(made.get("slope")).toBe(1))
  expect(await field(page, "slope a").inputValue()).toBe("1")
  expect(wire.sent.filter(({ method }) => method === "echo_update").length).toBeLessThan(100)
  await page.close()
})

test("two views of one playground have ids of their own and show the same", async () => {
  const { page, errors } = await open()
  await page.evaluate("renderAgain()")
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  await page.locator(".prelab-playground").first().getByLabel("slope a", { exact: true }).fill("0.75")
  expect(await page.locator("[data-y]").nth(1).getAttribute("data-y")).toBe("-1.5")
  expect(errors).toEqual([])
  await page.close()
})

test("cleaning up takes the view off the page, and later changes draw nothing", async () => {
  const { page, errors, made } = await open()
  await page.evaluate("cleanup()")
  expect(await page.locator(".prelab-playground").count()).toBe(0)
  made.set("slope", 0.9)
  await page.evaluate("new Promise(requestAnimationFrame)")
  expect(errors).toEqual([])
  await page.close()
})

const lessons = ["prelu", "batch-norm"] as const
test.each(
  (["light", "dark"] as const).flatMap((theme) =>
    [820, 400].flatMap((width) => lessons.map((lesson) => [lesson, theme, width] as const)),
  ),
)("%s in %s at %i pixels: no barrier, no sideways scroll, no request", async (lesson, theme, width) => {
  const wrong =
    lesson === "batch-norm" && width === 400
      ? { foldEps: 1e-3, samples: [...samplePresets["nearly dead"]] }
      : {}
  const { page, errors, foreign } = await open({ lesson, ...wrong }, theme, width)
  await picture(page, `playground-${lesson}-${theme}-${width}`)
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
  expect(await barriers(page)).toEqual([])
  expect([errors, foreign]).toEqual([[], []])
  await page.close()
})
