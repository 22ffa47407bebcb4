import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import type { Net } from "../../src/net/index.js"
import { netExplorer } from "../../src/widgets/explore-net.js"
import { digits } from "../inspect/sample.js"
import { waitUntil } from "../patience.js"
import { mountWidget } from "./mounted-widget.js"
import { rewritten } from "./rewritten-digits.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const root = ".prelab-net"

async function open(nets: readonly [Net, Net?], theme: Theme = "light", width = 820) {
  const opened = await openPage(browser, theme, width)
  const { made, ...rest } = await mountWidget(opened.page, "net-explorer", () => netExplorer(...nets))
  kernelSides.set(opened.page, made)
  return { ...opened, explorer: made, ...rest }
}

/** The kernel's side goes first: what it sends to a page that closes would be an error of the test. */
const kernelSides = new Map<Page, { close(): void }>()
async function leave(page: Page): Promise<void> {
  kernelSides.get(page)?.close()
  await page.evaluate("0")
  await page.close()
}

const layerOf = (page: Page) => page.getAttribute(root, "data-layer")
const option = (page: Page, name: string) =>
  page.getByRole("option", { name: new RegExp(`^${name},`) }).first()
const chosenIn = (page: Page, pane: number) =>
  page.locator(".graph").nth(pane).locator('[aria-selected="true"] title').textContent()
const settled = (page: Page) => page.waitForSelector(`${root}[aria-busy=false]`)

test("arrow keys walk along the edges, and both sides know what is chosen", async () => {
  const { page, errors, foreign, explorer } = await open([await digits()])
  await page.focus("[role=listbox]")
  await page.keyboard.press("ArrowDown")
  expect(await layerOf(page)).toBe("data")
  for (const name of ["conv1", "conv1/bn", "conv1/scale", "prelu1", "pool1"]) {
    await page.keyboard.press("ArrowDown")
    expect(await layerOf(page)).toBe(name)
  }
  await page.keyboard.press("ArrowUp")
  expect(await layerOf(page)).toBe("prelu1")
  expect(await page.textContent("[aria-live=polite].live")).toContain("prelu1, PReLU, 12x28x28, in place")
  expect(await page.getAttribute("[role=listbox]", "aria-activedescendant")).toBe(
    await page.locator('[aria-selected="true"]').getAttribute("id"),
  )
  await page.keyboard.press("End")
  expect(await layerOf(page)).toBe("prob")
  await page.keyboard.press("ArrowDown")
  expect(await layerOf(page)).toBe("prob")
  await page.keyboard.press("Home")
  expect(await layerOf(page)).toBe("data")
  await page.keyboard.press("End")
  await waitUntil(() => explorer.widget.get("chosen")?.layer === 18)
  expect([errors, foreign]).toEqual([[], []])
  await leave(page)
})

test("a click chooses a layer and shows its fields, blobs and shapes; Enter goes there and Escape back", async () => {
  const { page, errors } = await open([await digits()])
  await picture(page, "net-light")
  await option(page, "conv2").click()
  expect(await layerOf(page)).toBe("conv2")
  const detail = page.locator(".detail")
  expect(await detail.locator("pre").textContent()).toContain("num_output: 24")
  expect(await detail.locator(".facts").textContent()).toContain("bottompool1 1x12x14x14, from pool1")
  expect(await detail.locator(".facts").textContent()).toContain("topconv2 1x24x14x14")
  await page.focus("[role=listbox]")
  await page.keyboard.press("Enter")
  expect(await page.evaluate("document.activeElement.className")).toBe("detail")
  await page.keyboard.press("Escape")
  expect(await page.evaluate("document.activeElement.classList[0]")).toBe("graph")
  await detail.getByRole("button", { name: "pool1" }).click()
  expect(await layerOf(page)).toBe("pool1")
  expect(errors).toEqual([])
  await leave(page)
})

test("weights are weighed on demand: numbers, signs, histogram and a table of channels", async () => {
  const net = await digits()
  const { page, errors, explorer } = await open([net])
  await option(page, "conv1").click()
  expect(await page.locator(".weights").count()).toBe(0)
  await page.click("text=weigh its weights")
  const blob = page.locator('section[data-blob="weights"]')
  await blob.waitFor()
  const data = net.layer("conv1").blobs[0]!.data
  expect(await blob.locator("tr", { hasText: "negative" }).first().textContent()).toBe(
    `negative${data.filter((x) => x < 0).length}`,
  )
  expect(await blob.locator("tr", { hasText: "max" }).first().textContent()).toContain(
    String(Number(Math.max(...data).toPrecision(4))),
  )
  await blob.locator("summary").click()
  await blob.locator("details tbody tr").first().waitFor()
  expect(await blob.locator("details tbody tr").count()).toBe(12)
  expect(await blob.locator("svg").getAttribute("aria-label")).toContain("weights from")
  expect(explorer.widget.get("weights")!.layer).toBe(1)
  await settled(page)
  await picture(page, "net-weights")
  // Another layer's numbers are not shown for this one.
  await option(page, "conv2").click()
  expect(await page.locator(".weights").count()).toBe(0)
  expect(errors).toEqual([])
  await leave(page)
})

test("find goes through names, types and blobs, forwards and backwards", async () => {
  const { page, errors, explorer } = await open([await digits()])
  await page.focus("[role=listbox]")
  await page.keyboard.press("Control+f")
  await page.keyboard.type("prelu")
  expect(await page.locator(".found").count()).toBe(3)
  expect(await page.textContent(".row span[aria-live]")).toBe("3 found")
  await page.keyboard.press("Enter")
  expect(await layerOf(page)).toBe("prelu1")
  await page.keyboard.press("Enter")
  expect(await page.textContent(".row span[aria-live]")).toBe("2 of 3 found")
  await page.keyboard.press("Shift+Enter")
  await page.keyboard.press("Shift+Enter")
  expect(await layerOf(page)).toBe("prelu3")
  await page.keyboard.press("Escape")
  await page.keyboard.press("/")
  await page.keyboard.type("pool2")
  // The layer itself, and the one that reads its blob.
  expect(await page.locator(".found").count()).toBe(2)
  await waitUntil(() => explorer.widget.get("query") === "pool2")
  await page.keyboard.type("nothing")
  expect(await page.textContent(".row span[aria-live]")).toBe("0 found")
  expect(errors).toEqual([])
  await leave(page)
})

test("Space closes a stack into one box and opens it again", async () => {
  const { page, errors, explorer } = await open([await digits()])
  const options = page.locator("[role=option]")
  expect(await options.count()).toBe(19)
  await option(page, "prelu1").click()
  await page.focus("[role=listbox]")
  await page.keyboard.press("Space")
  await waitUntil(async () => (await options.count()) === 16)
  expect(await chosenIn(page, 0)).toMatch(/^stack conv1, 4 layers/)
  expect(await layerOf(page)).toBe("prelu1")
  await page.keyboard.press("Space")
  await waitUntil(async () => (await options.count()) === 19)
  await page.getByLabel("draw").selectOption("stacks")
  await page.waitForSelector(`${root}[data-level=stacks]`)
  await picture(page, "net-stacks")
  expect(explorer.widget.get("closed")[0]).toHaveLength(4)
  await page.click("text=open stack conv1")
  await page.waitForSelector(`${root}[data-level=mixed]`)
  expect(errors).toEqual([])
  await leave(page)
})

test("plus and minus zoom, 0 fits, the mouse drags", async () => {
  const { page, errors } = await open([await digits()])
  const width = () => page.locator(".graph").getAttribute("width").then(Number)
  const before = await width()
  await page.focus("[role=listbox]")
  await page.keyboard.press("+")
  expect(await width()).toBeCloseTo(before * 1.25)
  await page.getByRole("button", { name: "zoom out" }).click()
  await page.keyboard.press("-")
  expect(await width()).toBeLessThan(before)
  await page.keyboard.press("0")
  const box = (await page.locator(".graph").boundingBox())!
  expect(box.height).toBeLessThanOrEqual(460)
  for (let i = 0; i < 9; i++) await page.keyboard.press("+")
  const at = (await page.locator(".scroll").boundingBox())!
  const [x, y] = [at.x + at.width / 2, at.y + at.height / 2]
  const top = () => page.locator(".scroll").evaluate((element) => element.scrollTop)
  const was = await top()
  const layer = await layerOf(page)
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x, y - 60, { steps: 4 })
  await page.mouse.up()
  expect(await top()).toBeGreaterThan(was)
  // Dragging is no click.
  expect(await layerOf(page)).toBe(layer)
  await page.keyboard.down("Control")
  const wide = await width()
  await page.mouse.wheel(0, 100)
  await waitUntil(async () => (await width()) < wide)
  expect(errors).toEqual([])
  await leave(page)
})

test("before and after stand side by side, and n goes from change to change", async () => {
  const { page, errors, explorer } = await open(await rewritten())
  expect(await page.locator(".graph").count()).toBe(2)
  expect(await page.textContent(root)).toContain("6 layers removed, 0 added, 3 changed")
  await page.locator(".graph").first().focus()
  await page.keyboard.press("n")
  expect(await layerOf(page)).toBe("conv1")
  expect(await page.textContent(".detail")).toContain("≠ changed")
  expect(await page.textContent(".detail")).toMatch(/blob 0: 108 of 108 values differ/)
  // The namesake is marked too.
  expect(await chosenIn(page, 1)).toMatch(/^conv1,/)
  await page.keyboard.press("n")
  expect(await page.textContent(".detail")).toContain("− removed")
  expect(await page.locator(".graph").nth(1).locator('[aria-selected="true"]').count()).toBe(0)
  await page.keyboard.press("Shift+N")
  expect(await layerOf(page)).toBe("conv1")
  await page.getByRole("button", { name: "next change" }).click()
  expect(await layerOf(page)).toBe("conv1/bn")
  await waitUntil(() => explorer.widget.get("chosen")?.layer === 2)
  await picture(page, "net-two-light")
  expect(errors).toEqual([])
  await leave(page)
})

test("a hundred arrow keys end where the last one leads, on both sides", async () => {
  const { page, errors, explorer } = await open([await digits()])
  await page.focus("[role=listbox]")
  for (let i = 0; i < 50; i++) await page.keyboard.press(i % 2 ? "Home" : "End")
  for (let i = 0; i < 50; i++) await page.keyboard.press("Space")
  await settled(page)
  await page.keyboard.press("End")
  await waitUntil(() => explorer.widget.get("chosen")?.layer === 18)
  expect(await layerOf(page)).toBe("prob")
  expect(errors).toEqual([])
  await leave(page)
})

test("a kernel that fails or is gone leaves the drawing as it was and says so", async () => {
  const { page, errors, explorer } = await open([await digits()])
  await option(page, "prelu1").click()
  vi.spyOn(explorer, "toggle").mockImplementation(() => {
    throw new Error("no memory left")
  })
  await page.focus("[role=listbox]")
  await page.keyboard.press("Space")
  await waitUntil(async () => (await page.textContent("[role=status]:not(.gone)")) === "no memory left")
  expect(await page.locator("[role=option]").count()).toBe(19)
  explorer.close()
  await page.keyboard.press("Space")
  expect(await page.textContent("[role=status]:not(.gone)")).toBe("the kernel is asked …")
  await page.keyboard.press("ArrowDown")
  expect(await layerOf(page)).toBe("pool1")
  expect(errors).toEqual([])
  await leave(page)
})

test("the layers are a table too", async () => {
  const { page } = await open(await rewritten())
  await page.click("text=before digits as a table")
  await page.waitForSelector(".layers")
  expect(await page.locator(".layers tbody tr").count()).toBe(19)
  expect(await page.locator(".layers tbody tr").nth(2).textContent()).toMatch(/conv1\/bnBatchNorm.*− removed/)
  await leave(page)
})

test("the drawing is saved as an SVG that carries its own colours", async () => {
  const { page, errors } = await open([await digits()])
  const waiting = page.waitForEvent("download")
  await page.click("text=save SVG")
  const saved = await waiting
  expect(saved.suggestedFilename()).toBe("digits.svg")
  const text = await new Response((await saved.createReadStream()) as never).text()
  expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  expect(text).toContain(">conv1/scale</text>")
  expect(text).not.toContain("var(--")
  expect(text).toMatch(/class="tile linear"[^>]*style="fill: ?rgb\(21, 101, 192\)/)
  expect(errors).toEqual([])
  await leave(page)
})

test("two views of one explorer show the same layer, search and boxes, each with ids of its own", async () => {
  const { page, errors } = await open([await digits()])
  await option(page, "prelu2").click()
  await page.focus("[role=listbox]")
  await page.keyboard.press("/")
  await page.keyboard.type("conv")
  await page.evaluate("renderAgain()")
  const second = page.locator(root).nth(1)
  expect(await second.getAttribute("data-layer")).toBe("prelu2")
  expect(await second.locator(".found").count()).toBe(
    await page.locator(root).first().locator(".found").count(),
  )
  expect(await second.locator("[type=search]").inputValue()).toBe("conv")
  await second.locator("[role=listbox]").focus()
  await page.keyboard.press("Space")
  await waitUntil(async () => (await page.locator("[role=option]").count()) === 2 * 16)
  await page.keyboard.press("ArrowDown")
  expect(await page.locator(root).first().getAttribute("data-layer")).toBe("pool2")
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  expect(errors).toEqual([])
  await leave(page)
})

test("cleaning up takes the view and its listeners off the page", async () => {
  const { page, errors, explorer } = await open([await digits()])
  await page.evaluate("cleanup()")
  expect(await page.locator(root).count()).toBe(0)
  explorer.draw("stacks")
  expect(await page.locator("[role=option]").count()).toBe(0)
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
    const { page, errors, foreign } = await open(await rewritten(), theme, width)
    await option(page, "conv1").click()
    await page.click("text=weigh its weights")
    await page.waitForSelector(".weights")
    await settled(page)
    await page.focus("[role=listbox]")
    await page.keyboard.press("ArrowDown")
    await picture(page, `net-two-${theme}-${width}`)
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press("/")
    await page.keyboard.type("pool")
    await page.click("text=before digits as a table")
    await page.waitForSelector(".layers")
    await picture(page, `net-found-${theme}-${width}`)
    expect(await barriers(page)).toEqual([])
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
    expect([errors, foreign]).toEqual([[], []])
    await leave(page)
  },
)

const nsfw = fileURLToPath(
  new URL("../../../shared/oracle/models/open_nsfw/deploy.prototxt", import.meta.url),
)

test.runIf(existsSync(nsfw))("a net of 229 layers is walked, found in and opened", async () => {
  const { page, errors } = await open([await loadNet(nsfw)])
  await picture(page, "net-blocks")
  await page.focus("[role=listbox]")
  await page.keyboard.press("ArrowDown")
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown")
  await page.keyboard.press("Space")
  await page.waitForSelector(`${root}[data-level=mixed]`)
  await picture(page, "net-blocks-open")
  await page.keyboard.press("/")
  await page.keyboard.type("eltwise")
  expect(await page.textContent(".row span[aria-live]")).toMatch(/^\d+ found$/)
  await page.getByLabel("draw").selectOption("layers")
  await page.waitForSelector(`${root}[data-level=layers]`)
  expect(await page.locator("[role=option]").count()).toBe(229)
  expect(errors).toEqual([])
  await leave(page)
})
