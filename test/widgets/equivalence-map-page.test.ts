import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { gpu } from "../../src/engines/gpu/index.js"
import { Comparison, compareNets } from "../../src/equivalence/index.js"
import { PrelabError } from "../../src/error.js"
import type { Net } from "../../src/net/index.js"
import { EquivalenceMap } from "../../src/widgets/map-equivalence.js"
import { waitUntil } from "../patience.js"
import { mountWidget } from "./mounted-widget.js"
import { broken, rewritten } from "./rewritten-digits.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const root = ".prelab-map"

async function open([before, after]: readonly [Net, Net], theme: Theme = "light", width = 820) {
  const comparison = await compareNets(before, after)
  const opened = await openPage(browser, theme, width)
  const { made, ...rest } = await mountWidget(
    opened.page,
    "equivalence-map",
    () => new EquivalenceMap(before, after, {}, comparison, 0.5),
  )
  kernelSides.set(opened.page, made)
  return { ...opened, map: made, ...rest }
}

/** The kernel's side goes first: what it sends to a page that closes would be an error of the test. */
const kernelSides = new Map<Page, { close(): void }>()
async function leave(page: Page): Promise<void> {
  kernelSides.get(page)?.close()
  await page.evaluate("0")
  await page.close()
}

const cellOf = async (page: Page) =>
  [await page.getAttribute(root, "data-segment"), await page.getAttribute(root, "data-channel")].map(Number)
const settled = (page: Page, revision: number) =>
  page.waitForSelector(`${root}[data-revision="${revision}"][aria-busy=false]`)

test("arrow keys walk over segments and channels, and each cell tells its worst place", async () => {
  const { page, errors, foreign, map } = await open(await rewritten())
  await picture(page, "map-light")
  const { segments } = map.comparison
  await page.focus(".map")
  await page.keyboard.press("Home")
  for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowLeft")
  await page.keyboard.press("Home")
  expect(await cellOf(page)).toEqual([0, 0])
  await page.keyboard.press("ArrowDown")
  await page.keyboard.press("ArrowDown")
  expect(await cellOf(page)).toEqual([0, 2])
  await waitUntil(() => map.widget.get("place")?.channel === 2)
  const { values, difference } = segments[0]!.places[2]!
  await waitUntil(async () =>
    (await page.textContent(".place"))?.includes(String(Number(values[0].toPrecision(9)))),
  )
  expect(await page.textContent(".place")).toContain(String(Number(difference.toPrecision(4))))
  expect(await page.textContent(".cell")).toContain("✓ within the bound")
  expect(await page.textContent("[aria-live=polite]")).toContain("channel 2: difference / bound")
  await page.keyboard.press("End")
  expect(await cellOf(page)).toEqual([0, segments[0]!.channels.length - 1])
  await page.keyboard.press("ArrowRight")
  // As low in a column with other channels.
  expect(await cellOf(page)).toEqual([1, segments[1]!.channels.length - 1])
  await page.keyboard.press("w")
  const { channels } = segments[1]!
  expect(await cellOf(page)).toEqual([1, channels.indexOf(Math.max(...channels))])
  expect([errors, foreign]).toEqual([[], []])
  await leave(page)
})

test("a click chooses a cell, and the labelled fields do too", async () => {
  const { page, errors, map } = await open(await rewritten())
  const cells = page.locator(".map rect[data-channel]")
  await cells.nth(7).click()
  expect(await cellOf(page)).toEqual([0, 7])
  const last = map.comparison.segments.length - 1
  await page.locator("select").nth(1).selectOption(String(last))
  expect((await cellOf(page))[0]).toBe(last)
  await page.getByLabel("channel", { exact: true }).fill("4")
  expect(await cellOf(page)).toEqual([last, 4])
  await page.getByLabel("channel", { exact: true }).fill("400")
  expect(await cellOf(page)).toEqual([last, 4])
  await waitUntil(() => map.widget.get("chosen").channel === 4)
  expect(errors).toEqual([])
  await leave(page)
})

test("what is beyond its bound is crossed out, and the map begins there", async () => {
  const { page, errors } = await open(await broken())
  expect(await page.textContent(".sentence")).toMatch(/^✗ Not equivalent on reference \(typescript\)/)
  expect(await page.textContent(".cell")).toContain("channel 5: ✗ beyond the bound")
  expect(await page.textContent(".place")).toMatch(/conv2 \[0, 5, \d+, \d+\]/)
  expect(await page.locator(".map .cross").count()).toBe(1)
  expect(await page.textContent(".map .sign.bad")).toBe("✗")
  await picture(page, "map-broken")
  await page.focus(".map")
  await page.keyboard.press("ArrowUp")
  await page.click("text=worst cell")
  expect((await cellOf(page))[1]).toBe(5)
  expect(errors).toEqual([])
  await leave(page)
})

test("another engine runs live and the page says what really ran", async () => {
  const { page, errors, map } = await open(await rewritten())
  await page.getByLabel("engine").selectOption("gpu webasm")
  await settled(page, 1)
  expect(await page.textContent("[role=status]:not(.gone)")).toMatch(/^gpu \(webasm\), [\d.]+ s$/)
  expect(await page.textContent(".sentence")).toContain("Equivalent on gpu (webasm)")
  expect(map.comparison.backend).toBe("webasm")
  await page.click("text=run again")
  await settled(page, 2)
  expect(map.widget.get("map")!.revision).toBe(2)
  await picture(page, "map-webasm")
  expect(errors).toEqual([])
  await leave(page)
})

test("Stop ends the run, and an engine's error stands beside the last map with its hint", async () => {
  const { page, errors } = await open(await rewritten())
  let fail: (error: Error) => void = () => {}
  const compile = vi.spyOn(gpu, "compile").mockImplementation(
    () =>
      new Promise((_, reject) => {
        fail = reject
      }),
  )
  await page.getByLabel("engine").selectOption("gpu cpu")
  await page.waitForSelector(`${root}[aria-busy=true]`)
  await waitUntil(() => compile.mock.calls.length > 0)
  expect(await page.isVisible("progress")).toBe(true)
  expect(await page.textContent("[role=status]:not(.gone)")).toBe("starting gpu (cpu)")
  await picture(page, "map-busy")
  fail(new PrelabError("device was lost", "cpu", { hint: "close other programs" }))
  await settled(page, 1)
  expect(await page.textContent("[role=alert]")).toBe(
    "gpu (cpu): device was lost: cpu. What to do: close other programs. The map below is still that of reference (typescript).",
  )
  expect(await page.locator(".map rect[data-channel]").count()).toBeGreaterThan(50)
  await picture(page, "map-failed")
  compile.mockRestore()
  const slow = vi.spyOn(gpu, "compile").mockImplementation(async (...given) => {
    await page.getByRole("button", { name: "Stop" }).click()
    slow.mockRestore()
    return gpu.compile(...given)
  })
  await page.click("text=run again")
  await settled(page, 2)
  expect(await page.textContent("[role=alert]")).toMatch(/^stopped gpu \(cpu\)/)
  expect(await page.getByRole("button", { name: "Stop" }).isDisabled()).toBe(true)
  expect(errors).toEqual([])
  await leave(page)
})

test("a hundred rapid changes end in the last one on both sides", async () => {
  const { page, errors, map } = await open(await rewritten())
  await page.focus(".map")
  for (let i = 0; i < 100; i++) await page.keyboard.press(i % 3 ? "ArrowDown" : "ArrowRight")
  const cell = await cellOf(page)
  await waitUntil(() => map.widget.get("chosen").channel === cell[1])
  expect(map.widget.get("chosen")).toEqual({ segment: cell[0], channel: cell[1] })
  await waitUntil(() => map.widget.get("place")?.channel === cell[1])
  expect(errors).toEqual([])
  await leave(page)
})

test("a kernel that is gone leaves the map, and what is known of it", async () => {
  const { page, errors, map } = await open(await broken())
  await page.clock.install()
  map.close()
  await page.focus(".map")
  await page.keyboard.press("ArrowUp")
  expect(await page.textContent(".cell")).toContain("known to a running kernel only")
  await page.click("text=worst cell")
  expect(await page.textContent(".place")).toMatch(/conv2 \[0, 5, \d+, \d+\]/)
  await page.click("text=run again")
  expect(await page.textContent("[role=status]:not(.gone)")).toBe("waiting for the kernel …")
  await page.clock.fastForward(16_000)
  expect(await page.textContent("[role=status]:not(.gone)")).toBe(
    "the kernel does not answer: it is busy, or was restarted",
  )
  await page.focus(".map")
  await page.keyboard.press("Home")
  expect((await cellOf(page))[1]).toBe(0)
  expect(errors).toEqual([])
  await leave(page)
})

test("a net of a hundred segments of a thousand channels keeps its map small and scrolls in it", async () => {
  const [before, after] = await rewritten()
  const real = await compareNets(before, after)
  const [segment] = real.segments
  const segments = Array.from({ length: 100 }, (_, i) => {
    const channels = Array.from({ length: 1000 }, (_, c) => 10 ** (-1 - ((7 * c + i) % 5)))
    channels[500] = 0.9
    return { ...segment!, layers: { a: [`layer${i}`], b: [`layer${i}`] }, channels, places: [], ratio: 0.9 }
  })
  const comparison = new Comparison({ ...real, segments })
  const { page, errors } = await openPage(browser)
  await mountWidget(page, "equivalence-map", () => new EquivalenceMap(before, after, {}, comparison, 1))
  expect(await page.locator(".map rect[data-channel]").count()).toBe(100 * 48)
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(820)
  // The cell of several channels is its worst one's.
  await page.locator(".map rect[data-channel='500']").nth(30).click()
  expect(await cellOf(page)).toEqual([30, 500])
  await page.focus(".map")
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowRight")
  const ring = await waitUntil(() => page.locator(".ring").boundingBox())
  expect(ring.x + ring.width).toBeLessThanOrEqual(820)
  await picture(page, "map-large")
  expect(errors).toEqual([])
  await leave(page)
})

test("the map is a table too, with the outputs end to end", async () => {
  const { page, map } = await open(await broken())
  await page.click("text=the map as a table")
  await page.waitForSelector(".box")
  const rows = page.locator(".box table").first().locator("tbody tr")
  expect(await rows.count()).toBe(map.comparison.segments.length)
  expect(await rows.filter({ hasText: "✗ beyond the bound" }).count()).toBe(1)
  const { difference } = map.comparison.endToEnd[0]!
  expect(await page.locator(".box table").nth(1).textContent()).toContain(
    String(Number(difference.toPrecision(4))),
  )
  await leave(page)
})

test("two views of one map show the same cell and the same run, each with ids of its own", async () => {
  const { page, errors } = await open(await rewritten())
  await page.focus(".map")
  await page.keyboard.press("End")
  await page.evaluate("renderAgain()")
  const second = page.locator(root).nth(1)
  expect(await second.getAttribute("data-channel")).toBe(
    await page.locator(root).first().getAttribute("data-channel"),
  )
  await second.locator(".map").focus()
  await page.keyboard.press("Home")
  expect(await page.locator(root).first().getAttribute("data-channel")).toBe("0")
  await second.locator("select").first().selectOption("gpu webasm")
  await settled(page, 1)
  expect(await page.locator("[role=status]:not(.gone)").allTextContents()).toEqual([
    expect.stringMatching(/^gpu \(webasm\)/),
    expect.stringMatching(/^gpu \(webasm\)/),
  ])
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  expect(errors).toEqual([])
  await leave(page)
})

test("cleaning up takes the view and its listeners off the page", async () => {
  const { page, errors, map } = await open(await rewritten())
  await page.evaluate("cleanup()")
  expect(await page.locator(root).count()).toBe(0)
  map.widget.set("chosen", { segment: 1, channel: 1 })
  expect(await page.textContent("body")).not.toContain("channel")
  expect(errors).toEqual([])
  await leave(page)
})

test.each([
  ["light", 820],
  ["dark", 820],
  ["light", 400],
  ["dark", 400],
] as const)(
  "axe-core finds no serious barrier in %s at %i pixels, and nothing scrolls sideways",
  async (theme, width) => {
    const { page, errors, foreign } = await open(await broken(), theme, width)
    await page.focus(".map")
    await page.click("text=the map as a table")
    await page.waitForSelector(".box")
    await picture(page, `map-${theme}-${width}`)
    expect(await barriers(page)).toEqual([])
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
    expect([errors, foreign]).toEqual([[], []])
    await leave(page)
  },
)
