import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { forward } from "../../src/engines/index.js"
import type { Net } from "../../src/net/index.js"
import { itemOf } from "../../src/widgets/replay.js"
import { type ActivationViewerOptions, activationViewer } from "../../src/widgets/view-activations.js"
import { digitImages, digits } from "../inspect/sample.js"
import { waitFor } from "../patience.js"
import { colourNet, colourPictures } from "./colour-net.js"
import { mountWidget } from "./mounted-widget.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const root = ".prelab-activations"

async function open(
  theme: Theme = "light",
  width = 820,
  options: ActivationViewerOptions = { input: digitImages(), sample: 2 },
  of: () => Net | Promise<Net> = digits,
) {
  const { page, errors, foreign } = await openPage(browser, theme, width)
  const net = await of()
  const { made, ...rest } = await mountWidget(page, "activation-viewer", () => activationViewer(net, options))
  await settled(page)
  const leave = async () => {
    await made.settled()
    await page.close()
  }
  return { page, errors, foreign, net, viewer: made, leave, ...rest }
}

/** Waits until the page shows the kernel's answer to its last wish. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector(`${root}[aria-busy=false]`)
}

const attribute = (page: Page, name: string) => page.getAttribute(root, name)
const live = (page: Page) => page.textContent("[aria-live=polite]")
const scores = (page: Page) =>
  page.evaluate(
    `[...document.querySelectorAll('.output tbody tr')].map((row) => Number(row.dataset.value))`,
  ) as Promise<number[]>

test("maps have the page's colours from the beginning, and another theme's when it changes", async () => {
  const { page, leave, errors } = await open()
  const colours = () =>
    page.evaluate(`(() => {
      const canvas = document.querySelector("figure canvas")
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      const found = new Set()
      for (let i = 0; i < data.length; i += 4) found.add(data.slice(i, i + 3).join())
      return [...found]
    })()`) as Promise<string[]>
  const before = await colours()
  expect(before.length).toBeGreaterThan(20)
  await page.evaluate(`document.querySelector("${root}").style.setProperty("--warm", "rgb(1, 2, 3)")`)
  await page.evaluate(`document.body.dataset.jpThemeName = "another"`)
  await waitFor(async () => expect(await colours()).not.toEqual(before))
  expect(errors).toEqual([])
  await leave()
})

test("arrow keys walk over the maps, and the enlarged one says its numbers and values", async () => {
  const { page, leave, errors, foreign, net, viewer } = await open()
  const whole = await forward(net, { data: itemOf(digitImages(), 2) }, { all: true })
  const conv1 = whole.tops.find(({ layer }) => layer === "conv1")!.blob.data
  expect(await page.locator("[role=option]").count()).toBe(12)
  await page.focus("[role=listbox]")
  await page.keyboard.press("ArrowRight")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-map")).toBe("2")
  const map = conv1.subarray(2 * 784, 3 * 784)
  const mean = map.reduce((sum, x) => sum + x, 0) / 784
  const number = (x: number) => String(Number(x.toPrecision(4)))
  expect(await live(page)).toBe(
    `map 2: from ${number(Math.min(...map))} to ${number(Math.max(...map))}, mean ${number(mean)}`,
  )
  await page.keyboard.press("End")
  expect(await attribute(page, "data-map")).toBe("11")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-map")).toBe("11")
  await page.keyboard.press("Home")
  await page.keyboard.press("ArrowDown")
  const second = Number(await attribute(page, "data-map"))
  expect(second).toBeGreaterThan(1)
  await page.keyboard.press("ArrowUp")
  expect(await attribute(page, "data-map")).toBe("0")
  await page.focus("figure [role=application]")
  await page.keyboard.press("Home")
  for (let i = 0; i < 14; i++) await page.keyboard.press("ArrowRight")
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowDown")
  expect(await live(page)).toBe(`row 10, column 14: ${number(conv1[10 * 28 + 14]!)}`)
  const box = (await page.locator("figure [role=application]").boundingBox())!
  await page.mouse.move(box.x + (10.5 / 28) * box.width, box.y + (5.5 / 28) * box.height)
  expect(await page.textContent(".readout")).toMatch(/^row 5, column 10: /)
  await page.click('[role=option][id$="-7"]')
  await waitFor(() => expect(viewer.widget.get("map")).toBe(7))
  await picture(page, "viewer-light")
  expect([errors, foreign]).toEqual([[], []])
  await leave()
})

test("layers are chosen by their names; a layer without width is bars with a table", async () => {
  const { page, leave, errors, net, viewer } = await open()
  const whole = await forward(net, { data: itemOf(digitImages(), 2) }, { all: true })
  const options = await page.locator(`${root} select >> nth=0`).locator("option").allTextContents()
  const ip = options.findIndex((text) => text.includes("InnerProduct"))
  await page.selectOption(`${root} select >> nth=0`, { index: ip })
  await settled(page)
  const { layer } = viewer.widget.get("views")[ip]!
  expect(await attribute(page, "data-layer")).toBe(layer)
  const values = whole.tops.find((top) => top.layer === layer)!.blob.data
  expect(await page.locator(".units [role=option]").count()).toBe(10)
  expect(await page.getAttribute("[role=option] >> nth=3", "aria-label")).toBe(
    `unit 3: ${Number(values[3]!.toPrecision(4))}`,
  )
  await page.click("summary")
  await page.waitForSelector("details tbody tr")
  expect(await page.locator("details tbody tr").count()).toBe(10)
  expect(await page.textContent("details tbody tr:nth-child(4) td")).toBe(
    String(Number(values[3]!.toPrecision(4))),
  )
  await picture(page, "viewer-units")
  expect(errors).toEqual([])
  await leave()
})

test("a digit drawn with the mouse goes through the net while it grows, and can be taken back", async () => {
  const { page, leave, errors, net, viewer, wire } = await open()
  const before = await scores(page)
  await page.click("text=Clear")
  const box = (await page.locator(".pad").boundingBox())!
  const at = (x: number, y: number) => [box.x + (x / 28) * box.width, box.y + (y / 28) * box.height] as const
  // A seven.
  await page.mouse.move(...at(8, 7))
  await page.mouse.down()
  await page.mouse.move(...at(20, 7), { steps: 8 })
  await page.mouse.move(...at(12, 22), { steps: 12 })
  await page.mouse.up()
  await settled(page)
  await viewer.settled()
  expect(await attribute(page, "data-input")).toBe("drawing")
  const drawn = (await forward(net, { data: viewer.input })).outputs.prob!.data
  expect(await scores(page)).toEqual(Array.from(drawn))
  expect(drawn.indexOf(Math.max(...drawn))).toBe(7)
  expect(await page.textContent(".output caption")).toMatch(/^prob: predicted class 7, /)
  expect(wire.sent.some(({ method, state }) => method === "update" && "drawing" in state)).toBe(false)
  await picture(page, "viewer-drawn")
  const inked = Number(await page.getAttribute(".pad", "data-ink"))
  await page.getByLabel("eraser").check()
  await page.mouse.move(...at(8, 7))
  await page.mouse.down()
  await page.mouse.move(...at(14, 7), { steps: 6 })
  await page.mouse.up()
  expect(Number(await page.getAttribute(".pad", "data-ink"))).toBeLessThan(inked)
  await page.click("text=Undo")
  expect(Number(await page.getAttribute(".pad", "data-ink"))).toBe(inked)
  await settled(page)
  await viewer.settled()
  expect(await scores(page)).toEqual(Array.from(drawn))
  await page.getByLabel("sample", { exact: true }).fill("3")
  await page.getByLabel("sample", { exact: true }).fill("2")
  await settled(page)
  expect(await attribute(page, "data-input")).toBe("sample 2")
  expect(await scores(page)).toEqual(before)
  expect(errors).toEqual([])
  await leave()
})

test("the keyboard draws as well: a vertical line is seen as a one", async () => {
  const { page, leave, errors, viewer } = await open("light", 820, {})
  expect(await page.getAttribute(".pad", "data-ink")).toBe("0")
  await page.focus(".pad")
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowUp")
  expect(await live(page)).toBe("row 6, column 14, pen up")
  await page.keyboard.press("Space")
  for (let i = 0; i < 15; i++) await page.keyboard.press("ArrowDown")
  expect(await live(page)).toBe("row 21, column 14, pen down")
  await page.keyboard.press("Space")
  await settled(page)
  await viewer.settled()
  expect(Number(await page.getAttribute(".pad", "data-ink"))).toBeGreaterThan(30)
  expect(await page.getAttribute(".output", "data-largest")).toBe("1")
  await page.keyboard.press("u")
  expect(await page.getAttribute(".pad", "data-ink")).toBe("0")
  expect(await live(page)).toBe("last stroke taken back")
  expect(errors).toEqual([])
  await leave()
})

test("a drawing is centred by its mass, pixel for pixel", async () => {
  const { page, leave, viewer } = await open("light", 820, {})
  await page.focus(".pad")
  for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowLeft")
  await page.keyboard.press("Space")
  await settled(page)
  await page.click("text=Centre")
  await settled(page)
  await viewer.settled()
  const { data } = viewer.input
  const mass = (f: (i: number) => number) =>
    data.reduce((sum, x, i) => sum + x * f(i), 0) / data.reduce((sum, x) => sum + x, 0)
  expect(mass((i) => i % 28)).toBeCloseTo(14, 0)
  expect(mass((i) => Math.floor(i / 28))).toBeCloseTo(14, 0)
  await leave()
})

test("a hundred strokes in a row end with what the pad shows", async () => {
  const { page, leave, errors, net, viewer } = await open()
  await page.click("text=Clear")
  await page.focus(".pad")
  await page.keyboard.press("Space")
  for (let i = 0; i < 100; i++) await page.keyboard.press(i % 20 < 10 ? "ArrowRight" : "ArrowLeft")
  await settled(page)
  await viewer.settled()
  const revision = viewer.widget.get("revision")
  expect(revision).toBeGreaterThan(100)
  expect(viewer.widget.get("result")!.revision).toBe(revision)
  const drawn = (await forward(net, { data: viewer.input })).outputs.prob!.data
  expect(await scores(page)).toEqual(Array.from(drawn))
  expect(errors).toEqual([])
  await leave()
})

test("one scale for all maps, another engine and the kernel's failure are told in words", async () => {
  const { page, leave, errors, viewer } = await open()
  const scale = () => page.getAttribute(".scale", "aria-label")
  const own = await scale()
  await page.getByLabel("one scale for all maps").check()
  const all = Math.max(...Array.from(viewer.widget.get("result")!.values as Float32Array, Math.abs))
  expect(await scale()).toBe(
    `colours from ${Number((-all).toPrecision(4))}, blue, over 0 to ${Number(all.toPrecision(4))}, orange`,
  )
  expect(await scale()).not.toBe(own)
  await waitFor(() => expect(viewer.widget.get("shared")).toBe(true))
  await page.getByLabel("engine").selectOption("onnx")
  await settled(page)
  expect(await page.textContent(".status")).toMatch(/^onnx \((cpu|wasm)\), [\d.]+ ms$/)
  viewer.widget.update({ engine: "sundial", revision: 50 })
  await page.waitForSelector(`${root}[data-failed]`)
  expect(await page.textContent(".status")).toMatch(/^unknown engine: sundial/)
  expect(errors).toEqual([])
  await leave()
})

test("a wide layer of a net for pictures in colours is looked at in parts", async () => {
  const { page, errors, leave } = await open("light", 820, { input: colourPictures }, colourNet)
  expect(await page.locator(".pad[role=img]").getAttribute("aria-label")).toBe("sample 0, 8 by 6 pixels")
  expect(await page.locator("[role=option]").count()).toBe(64)
  await page.getByLabel("show").selectOption("64 to 69 of 70")
  await settled(page)
  expect(await attribute(page, "data-map")).toBe("64")
  await page.waitForFunction(`document.querySelectorAll("[role=option]").length === 6`)
  await page.focus("[role=listbox]")
  await page.keyboard.press("ArrowLeft")
  await page.waitForFunction(`document.querySelectorAll("[role=option]").length === 64`)
  expect(await attribute(page, "data-map")).toBe("63")
  expect(await page.textContent(".output caption")).toMatch(
    /^ip: predicted class \d+, .*, the 10 largest of 30$/,
  )
  await picture(page, "viewer-wide")
  expect(errors).toEqual([])
  await leave()
})

test("a kernel that is gone is named, and nothing hangs", async () => {
  const { page, leave, errors, viewer } = await open()
  viewer.close()
  await page.getByLabel("sample", { exact: true }).fill("9")
  await page.waitForFunction(`document.querySelector(".status").textContent.startsWith("no answer")`)
  await page.focus("[role=listbox]")
  await page.keyboard.press("ArrowRight")
  expect(await attribute(page, "data-map")).toBe("1")
  expect(errors).toEqual([])
  await leave()
})

test("dark and narrow pages are filled without a sideways scroll", async () => {
  const { page, leave } = await open("dark")
  await picture(page, "viewer-dark")
  const narrow = await open("light", 400)
  await picture(narrow.page, "viewer-narrow")
  expect(await narrow.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400)
  await leave()
  await narrow.leave()
})

test("two views of one viewer show the same, each with ids of its own", async () => {
  const { page, leave, errors } = await open()
  await page.evaluate("renderAgain()")
  const [first, second] = [page.locator(root).nth(0), page.locator(root).nth(1)]
  await first.getByLabel("layer").selectOption({ index: 2 })
  await second.locator("[role=listbox]").focus()
  await page.keyboard.press("ArrowRight")
  await settled(page)
  for (const name of ["data-layer", "data-map"])
    expect(await first.getAttribute(name)).toBe(await second.getAttribute(name))
  await first.getByText("Clear").click()
  expect(await second.locator(".pad").getAttribute("data-ink")).toBe("0")
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  expect(errors).toEqual([])
  await leave()
})

test("cleaning up takes the view and its listeners off the page", async () => {
  const { page, leave, errors, viewer } = await open()
  await page.evaluate("cleanup()")
  expect(await page.locator(root).count()).toBe(0)
  viewer.widget.set("map", 3)
  await page.evaluate("new Promise(requestAnimationFrame)")
  expect(await page.locator(root).count()).toBe(0)
  expect(errors).toEqual([])
  await leave()
})

test.each(["light", "dark"] as const)("axe-core finds no serious barrier in %s", async (theme) => {
  const { page, leave } = await open(theme)
  expect(await barriers(page)).toEqual([])
  await leave()
})
