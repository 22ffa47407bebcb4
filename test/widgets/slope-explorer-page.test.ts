import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { digitImages, digits } from "../inspect/sample.js"
import { waitFor, waitUntil } from "../patience.js"
import { mountExplorer } from "./explorer-page.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

async function open(theme: Theme = "light", width = 820) {
  const { page, errors } = await openPage(browser, theme, width)
  const made = await mountExplorer(page, await digits(), { input: digitImages(), sample: 2 })
  await settled(page, 0)
  return { page, errors, ...made }
}

/** Waits until the page shows the kernel's answer to this many edits. */
async function settled(page: Page, revision: number): Promise<void> {
  await page.waitForSelector(`.prelab-slopes[data-revision="${revision}"][aria-busy=false]`)
}

const root = ".prelab-slopes"
const attribute = (page: Page, name: string) => page.getAttribute(root, name)
const afterOf = (page: Page, index: number) =>
  page.getAttribute(`.output tr[data-index="${index}"] td:nth-of-type(2)`, "data-value").then(Number)

/** Where an element is, once it stays: a plot that is drawn anew replaces its parts between finding and measuring. */
async function boxOf(page: Page, selector: string) {
  await page.waitForSelector(`${root}[aria-busy=false]`)
  return waitUntil(() => page.locator(selector).boundingBox())
}

test("a click chooses a channel, keys walk over them and change the slope", async () => {
  const { page, errors, explorer } = await open()
  const options = page.locator(".slopes [role=option]")
  expect(await options.count()).toBe(12)
  await page.locator('.slopes [role=option][data-channel="5"] .stem').click({ force: true })
  expect(await attribute(page, "data-channel")).toBe("5")
  expect(Number(await attribute(page, "data-slope"))).toBeCloseTo(-0.1294, 4)
  await page.focus(".slopes")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-channel")).toBe("6")
  expect(await page.textContent("[aria-live=polite]")).toMatch(/^channel 6: 0\.02406$/)
  await page.keyboard.press("End")
  expect(await attribute(page, "data-channel")).toBe("11")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-channel")).toBe("11")
  await page.keyboard.press("Home")
  expect(await attribute(page, "data-channel")).toBe("0")
  const before = Number(await attribute(page, "data-slope"))
  await page.keyboard.press("Shift+ArrowUp")
  await settled(page, 1)
  await explorer.settled()
  expect(Number(await attribute(page, "data-slope"))).toBeCloseTo(before + 0.01, 3)
  expect(explorer.net.layer("prelu1").blobs[0]!.data[0]).toBeCloseTo(before + 0.01, 3)
  expect(await page.getAttribute(".slopes [role=option][aria-selected=true]", "data-channel")).toBe("0")
  expect(errors).toEqual([])
  await page.close()
})

test("dragging a head changes the slope and the outputs follow, without an echo of the slopes", async () => {
  const { page, errors, explorer, wire } = await open()
  await page.selectOption("select >> nth=0", { label: "prelu3 (32)" })
  expect(await attribute(page, "data-layer")).toBe("prelu3")
  const outputBefore = await afterOf(page, 1)
  const head = await boxOf(page, '.slopes [role=option][data-channel="8"] .head')
  const [x, y] = [head.x + head.width / 2, head.y + head.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x, y + 30, { steps: 6 })
  await page.mouse.move(x, y + 60, { steps: 6 })
  await page.mouse.up()
  const slope = Number(await attribute(page, "data-slope"))
  expect(await attribute(page, "data-channel")).toBe("8")
  expect(slope).toBeLessThan(0.2)
  await page.waitForSelector(`${root}[aria-busy=false]`)
  await explorer.settled()
  expect(explorer.net.layer("prelu3").blobs[0]!.data[8]).toBeCloseTo(slope, 6)
  expect(await afterOf(page, 1)).not.toBe(outputBefore)
  expect(wire.sent.filter(({ method, state }) => method === "update" && "slopes" in state)).toEqual([])
  expect(errors).toEqual([])
  await picture(page, "explorer-light")
  await page.click("text=Reset all")
  await page.waitForFunction("document.querySelectorAll('.changed').length === 0")
  await page.waitForSelector(`${root}[aria-busy=false]`)
  expect(await afterOf(page, 1)).toBe(outputBefore)
  await page.close()
})

test("the labelled fields set channel, slope and sample", async () => {
  const { page, errors } = await open()
  await page.getByLabel("channel", { exact: true }).fill("7")
  await page.getByLabel("slope", { exact: true }).fill("1.4")
  expect(await attribute(page, "data-channel")).toBe("7")
  expect(await attribute(page, "data-slope")).toBe("1.4")
  expect(await page.getAttribute('.slopes [role=option][data-channel="7"]', "aria-label")).toMatch(
    /^channel 7: 1\.4, above 1, was /,
  )
  await settled(page, 1)
  await page.getByLabel("sample", { exact: true }).fill("40")
  await settled(page, 2)
  expect(await page.getAttribute("canvas", "aria-label")).toBe("sample 40, 28 by 28 pixels")
  expect(await page.textContent(".output .caption")).toMatch(/^prob: predicted class \d/)
  expect(errors).toEqual([])
  await page.close()
})

/** The channels that are drawn, from left to right. */
const channels = (page: Page) =>
  page.evaluate(
    `[...document.querySelectorAll(".slopes [role=option]")]
      .map((option) => [Number(option.dataset.channel), option.querySelector(".stem").x1.baseVal.value])
      .sort((a, b) => a[1] - b[1]).map(([channel]) => channel)`,
  ) as Promise<number[]>

test("every layer is a strip beside the others: keys and clicks choose one, and its numbers are said", async () => {
  const { page, errors, explorer } = await open()
  const net = await digits()
  const slopesOf = (name: string) => [...net.layer(name).blobs[0]!.data]
  const strips = page.locator(".strips [role=option]")
  expect(await strips.count()).toBe(3)
  expect(await strips.nth(2).locator("circle").count()).toBe(32)
  await page.focus(".strips")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-layer")).toBe("prelu2")
  const slopes = slopesOf("prelu2").sort((a, b) => a - b)
  const number = (x: number) => String(Number(x.toPrecision(4)))
  const mean = slopes.reduce((sum, x) => sum + x, 0) / 24
  const [negative, aboveOne, nearZero] = [
    (x: number) => x < 0,
    (x: number) => x > 1,
    (x: number) => Math.abs(x) <= 0.01,
  ].map((holds) => slopes.filter(holds).length)
  expect(await page.textContent("[aria-live=polite]")).toBe(
    `prelu2: 24 slopes from ${number(slopes[0]!)} to ${number(slopes[23]!)}, mean ${number(mean)}, median ${number((slopes[11]! + slopes[12]!) / 2)}; ${negative} negative, ${aboveOne} above 1, ${nearZero} near zero`,
  )
  await page.keyboard.press("End")
  expect(await attribute(page, "data-layer")).toBe("prelu3")
  const box = await boxOf(page, '.strips [data-layer="0"] .back')
  await page.mouse.click(box.x + box.width / 2, box.y + 40)
  expect(await attribute(page, "data-layer")).toBe("prelu1")
  await waitFor(() => expect(explorer.widget.get("layer")).toBe(0))
  expect(errors).toEqual([])
  await page.close()
})

test("channels are sorted by slope and by change, and arrow keys walk in that order", async () => {
  const { page, errors, explorer } = await open()
  const slopes = [...(await digits()).layer("prelu1").blobs[0]!.data]
  const bySlope = slopes.map((_, c) => c).sort((a, b) => slopes[a]! - slopes[b]!)
  expect(await channels(page)).toEqual(slopes.map((_, c) => c))
  await page.getByLabel("sort by").selectOption("slope")
  expect(await channels(page)).toEqual(bySlope)
  await page.focus(".slopes")
  await page.keyboard.press("Home")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-channel")).toBe(String(bySlope[1]))
  await page.getByLabel("slope", { exact: true }).fill("2.5")
  expect((await channels(page)).at(-1)).toBe(bySlope[1])
  await page.getByLabel("sort by").selectOption("change")
  expect((await channels(page))[0]).toBe(bySlope[1])
  await settled(page, 1)
  await waitFor(() => expect(explorer.widget.get("sort")).toBe("change"))
  await picture(page, "explorer-sorted")
  expect(errors).toEqual([])
  await page.close()
})

test("filters say how many slopes they keep, and show these", async () => {
  const { page, errors, explorer } = await open()
  const slopes = [...(await digits()).layer("prelu1").blobs[0]!.data]
  const negative = slopes.flatMap((slope, c) => (slope < 0 ? [c] : []))
  expect(negative.length).toBeGreaterThan(0)
  const sorted = [...slopes].sort((a, b) => a - b)
  const median = (sorted[5]! + sorted[6]!) / 2
  const count = (holds: (slope: number) => boolean) => slopes.filter(holds).length
  expect(await page.getByLabel("show").locator("option").allTextContents()).toEqual([
    "all channels (12)",
    `negative (${negative.length})`,
    `above 1 (${count((x) => x > 1)})`,
    `within 0.01 of 0 (${count((x) => Math.abs(x) <= 0.01)})`,
    `within 0.01 of the median (${count((x) => Math.abs(x - median) <= 0.01)})`,
  ])
  await page.getByLabel("show").selectOption("negative")
  expect(await channels(page)).toEqual(negative)
  expect(await attribute(page, "data-channel")).toBe(String(negative[0]))
  expect(await page.textContent("[aria-live=polite]")).toBe(
    `${negative.length} of 12 channels: negative, by channel`,
  )
  // The one that is being changed stays, whatever becomes of its slope.
  await page.getByLabel("slope", { exact: true }).fill("0.5")
  expect(await channels(page)).toEqual(negative)
  await settled(page, 1)
  await waitFor(() => expect(explorer.widget.get("filter")).toBe("negative"))
  await page.getByLabel("show").selectOption("above 1")
  expect((await channels(page)).length).toBe(
    Math.max(
      1,
      count((x) => x > 1),
    ),
  )
  expect(errors).toEqual([])
  await page.close()
})

test("He et al.'s Table 1 stands beside the layers, and as a table", async () => {
  const { page } = await open()
  expect(await page.locator(".strips .channelwise").count()).toBe(13)
  await page.click("summary")
  const rows = await page.locator(".paper tbody tr").allTextContents()
  expect([rows.length, rows[0], rows[12]]).toEqual([13, "conv10.5960.681", "fc20.0750.031"])
  await page.close()
})

test("dark and narrow pages are filled without a sideways scroll", async () => {
  const { page } = await open("dark")
  await page.getByLabel("slope", { exact: true }).fill("-0.5")
  await settled(page, 1)
  await picture(page, "explorer-dark")
  const narrow = await open("light", 400)
  await picture(narrow.page, "explorer-narrow")
  expect(await narrow.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400)
  await page.close()
  await narrow.page.close()
})

test("cleaning up takes the view off the page", async () => {
  const { page, errors } = await open()
  await page.evaluate("cleanup()")
  expect(await page.locator(root).count()).toBe(0)
  expect(errors).toEqual([])
  await page.close()
})

test.each(["light", "dark"] as const)("axe-core finds no serious barrier in %s", async (theme) => {
  const { page } = await open(theme)
  expect(await barriers(page)).toEqual([])
})

test("two views show the same channel and slope, each with ids of its own", async () => {
  const { page, errors } = await open()
  await page.evaluate("renderAgain()")
  const [first, second] = [page.locator(root).nth(0), page.locator(root).nth(1)]
  await second.locator(".slopes").focus()
  await page.keyboard.press("End")
  await waitFor(async () => expect(await first.getAttribute("data-channel")).toBe("11"))
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  expect(errors).toEqual([])
  await page.close()
})

test("a hundred arrow keys end where the last one leads, on both sides", async () => {
  const { page, errors, explorer } = await open()
  await page.focus(".slopes")
  await page.keyboard.press("Home")
  for (let i = 0; i < 100; i++) await page.keyboard.press(i % 2 === 0 ? "ArrowRight" : "ArrowLeft")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-channel")).toBe("1")
  await waitFor(() => expect(explorer.widget.get("channel")).toBe(1))
  await page.waitForSelector(`${root}[aria-busy=false]`)
  expect(errors).toEqual([])
  await page.close()
})

test("the same sample once more is answered too", async () => {
  const { page } = await open()
  const field = page.locator(`${root} input[id$=-sample]`)
  await field.fill("2")
  await field.press("Enter")
  await page.waitForSelector(`${root}[aria-busy=false]`)
  expect(await field.inputValue()).toBe("2")
  await page.close()
})
