import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { readNpy } from "../../src/formats/npy.js"
import { tellStop } from "../../src/stop.js"
import { type SolverFields, smooth, type TrainOptions } from "../../src/training/index.js"
import { trainingCockpit } from "../../src/widgets/steer-training.js"
import { digitImages, samplePath } from "../inspect/sample.js"
import { waitFor } from "../patience.js"
import { mountWidget } from "./mounted-widget.js"
import { smallItems, smallSolver } from "./small-training.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const root = ".prelab-cockpit"

interface Choice {
  readonly theme?: Theme
  readonly width?: number
  readonly fields?: Partial<SolverFields>
  readonly items?: TrainOptions
}

async function open({ theme = "light", width = 820, fields = {}, items = smallItems }: Choice = {}) {
  const { page, errors, foreign } = await openPage(browser, theme, width)
  const { made, ...rest } = await mountWidget(page, "training-cockpit", () =>
    trainingCockpit({ ...smallSolver, ...fields }, items),
  )
  const cockpit = await made
  const leave = async () => {
    await cockpit.pause()
    await page.close()
  }
  await page.waitForSelector(root)
  return { page, errors, foreign, cockpit, leave, ...rest }
}

/** Waits until the page shows this phase. */
const phase = (page: Page, name: string) => page.waitForSelector(`${root}[data-phase=${name}]`)
const at = (page: Page) => page.getAttribute(root, "data-iteration").then(Number)
const live = (page: Page) => page.textContent("[aria-live=polite]")
const number = (x: number) =>
  x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(4)))

test("the buttons start, pause, step and go on, and the net is the kernel's", async () => {
  const { page, errors, foreign, cockpit, leave } = await open({ fields: { max_iter: 1_000_000 } })
  expect(await page.textContent(".status")).toBe("ready")
  await page.click("text=Start")
  await phase(page, "training")
  await page.waitForFunction(`Number(document.querySelector("${root}").dataset.iteration) > 20`)
  expect(await page.isDisabled("text=Step")).toBe(true)
  await page.click("text=Pause")
  await phase(page, "paused")
  expect(await live(page)).toBe("paused")
  await cockpit.settled()
  const reached = await at(page)
  expect(reached).toBe(cockpit.run.iteration)
  await page.focus("text=Step")
  await page.keyboard.press("Enter")
  await page.waitForSelector(`${root}[data-phase=paused][data-iteration="${reached + 1}"]`)
  expect(cockpit.run.iteration).toBe(reached + 1)
  await page.click("text=Go on")
  await phase(page, "training")
  tellStop()
  await phase(page, "paused")
  expect(await page.textContent(".count")).toBe(
    `iteration ${cockpit.run.iteration.toLocaleString("en-US")} of 1,000,000`,
  )
  expect([errors, foreign]).toEqual([[], []])
  await leave()
})

test("arrow keys walk along the curve and say its loss, raw and smoothed as smooth() has it", async () => {
  const { page, errors, cockpit, leave } = await open()
  await page.click("text=Start")
  await phase(page, "finished")
  await page.waitForSelector(`${root}[data-iteration="40"]`)
  const losses = cockpit.run.loss.map(({ loss }) => Math.fround(loss))
  const words = (i: number, weight: number) =>
    `iteration ${i}: run 1 loss ${number(losses[i]!)}, smoothed ${number(smooth(losses, weight)[i]!)}`
  await page.getByLabel("smoothing").fill("0.9")
  await page.focus(".chart[role=application]")
  await page.keyboard.press("End")
  expect(await live(page)).toBe(words(39, 0.9))
  await page.keyboard.press("ArrowRight")
  expect(await live(page)).toBe(words(39, 0.9))
  await page.keyboard.press("PageUp")
  await page.keyboard.press("ArrowLeft")
  expect(await live(page)).toBe(words(28, 0.9))
  await page.keyboard.press("Home")
  await page.keyboard.press("ArrowRight")
  expect(await live(page)).toBe(words(1, 0.9))
  await page.getByLabel("smoothing").fill("0.5")
  expect(await page.textContent(".readout")).toBe(words(1, 0.5))
  await waitFor(() => expect(cockpit.widget.get("smoothing")).toBe(0.5))
  await page.getByLabel("log scale").uncheck()
  await waitFor(() => expect(cockpit.widget.get("isLog")).toBe(false))
  const box = (await page.locator(".chart[role=application]").boundingBox())!
  await page.mouse.move(box.x + box.width - 12, box.y + 100)
  expect(await page.textContent(".readout")).toBe(words(39, 0.5))
  await page.click("summary")
  await page.waitForSelector("details tbody tr")
  expect(await page.locator("details tbody tr").count()).toBe(40)
  expect(await page.textContent("details tbody tr:nth-child(8) td")).toBe(number(losses[7]!))
  expect(errors).toEqual([])
  await leave()
})

test("learning rate and slopes are set by labelled fields, marked on the curve, and count from the next iteration", async () => {
  const { page, errors, cockpit, leave } = await open()
  await cockpit.start(6)
  await page.getByLabel("learning rate").fill("0.02")
  await page.keyboard.press("Enter")
  await page.waitForSelector(".changes li")
  await page.getByRole("combobox", { name: "slopes of" }).selectOption("p1")
  await page.getByLabel("channel").selectOption("2")
  await page.getByLabel("slope", { exact: true }).fill("-0.75")
  await page.click("text=Set slope")
  await page.waitForSelector(".changes li:nth-child(2)")
  expect(await page.locator(".changes li").allTextContents()).toEqual([
    "from iteration 6: learning rate 0.1 → 0.02",
    "from iteration 6: slope 2 of p1 → -0.75",
  ])
  expect(await page.locator("line.change").count()).toBe(2)
  expect(cockpit.run.currentSlopes.p1![2]).toBe(-0.75)
  await page.click("text=Step")
  await page.waitForSelector(`${root}[data-iteration="7"]`)
  await cockpit.settled()
  expect(cockpit.run.learningRate).toBe(Math.fround(0.02))
  await page.getByLabel("learning rate").fill("1e300")
  await page.click("text=Set rate")
  await page.waitForSelector(`${root}[data-failed]`)
  expect(await page.textContent(".status")).toBe("base_lr is negative or no number: Infinity")
  expect(cockpit.run.changes).toHaveLength(2)
  expect(errors).toEqual([])
  await leave()
})

test("runs are kept with a colour and dashes each, compared, and hidden", async () => {
  const { page, errors, cockpit, leave } = await open()
  await cockpit.start(20)
  await page.getByLabel("learning rate").fill("0.5")
  await page.click("text=Set rate")
  await page.waitForSelector(".changes li")
  await page.click("text=New run")
  await page.waitForSelector(`${root}[data-run="run 2"]`)
  await page.click("text=Start")
  await phase(page, "finished")
  await page.waitForSelector(`${root}[data-iteration="40"]`)
  await page.getByLabel("smoothing").fill("0.9")
  const rows = page.locator(".runs tbody tr")
  expect(await rows.locator("th").allTextContents()).toEqual([
    expect.stringContaining("run 1"),
    expect.stringContaining("run 2"),
  ])
  const [first, second] = cockpit.runs.map(
    ({ loss }) =>
      smooth(
        loss.map((each) => Math.fround(each.loss)),
        0.9,
      ).at(-1)!,
  )
  expect(await rows.nth(0).locator("td").allTextContents()).toEqual(
    ["20", number(first!), "–"].map((text, i) => (i === 2 ? expect.any(String) : text)),
  )
  expect((await rows.nth(1).locator("td").allTextContents()).slice(0, 2)).toEqual(["40", number(second!)])
  const dashes = await page.evaluate(
    `[...document.querySelectorAll(".chart[role=application] path.line")].map((path) => path.getAttribute("stroke-dasharray"))`,
  )
  expect(new Set(dashes as string[]).size).toBe(2)
  await page.getByRole("checkbox", { name: "run 1" }).uncheck()
  expect(await page.locator(".chart[role=application] path.line").count()).toBe(1)
  await waitFor(() => expect(cockpit.widget.get("hidden")).toEqual(["run 1"]))
  await page.focus(".chart[role=application]")
  await page.keyboard.press("Home")
  expect(await live(page)).toMatch(/^iteration 0: run 2 loss [\d.]+, smoothed [\d.]+$/)
  expect(errors).toEqual([])
  await leave()
})

test("a hundred changes of the smoothing in a row end with the last one on both sides", async () => {
  const { page, errors, cockpit, leave } = await open()
  await cockpit.start(20)
  for (let i = 1; i <= 100; i++) {
    await page.evaluate(
      `{ const slider = document.querySelector("[type=range]"); slider.value = ${(i % 50) / 100}; slider.dispatchEvent(new Event("input")) }`,
    )
  }
  await page.evaluate(
    `{ const slider = document.querySelector("[type=range]"); slider.value = 0.37; slider.dispatchEvent(new Event("input")) }`,
  )
  await waitFor(() => expect(cockpit.widget.get("smoothing")).toBe(0.37))
  expect(await page.textContent("output")).toBe("0.37")
  expect(errors).toEqual([])
  await leave()
})

test("a kernel that is gone is named, and the curves can still be read", async () => {
  const { page, errors, cockpit } = await open()
  await cockpit.start(20)
  await page.waitForSelector(`${root}[data-iteration="20"]`)
  cockpit.close()
  await page.click("text=Step")
  await page.waitForFunction(`document.querySelector(".status").textContent.startsWith("no answer")`)
  await page.focus(".chart[role=application]")
  await page.keyboard.press("Home")
  expect(await live(page)).toMatch(/^iteration 0: run 1 loss /)
  expect(errors).toEqual([])
  await page.close()
})

/** A small LeNet on eighty digits, as the notebooks train it. */
async function lenet(choice: Choice) {
  const labels = readNpy(
    await import("node:fs").then(({ readFileSync }) => readFileSync(samplePath("digits-100-labels.npy"))),
  )
  const opened = await open({
    ...choice,
    fields: {
      net: samplePath("small-lenet.prototxt"),
      base_lr: 0.01,
      momentum: 0.9,
      max_iter: 60,
      test_interval: 10,
    },
    items: { data: digitImages(), labels, testData: digitImages(), testLabels: labels },
  })
  const { page, cockpit } = opened
  await cockpit.start(25)
  cockpit.change({ base_lr: 0.02 })
  await cockpit.start(40)
  await cockpit.reset()
  await cockpit.start(30)
  await page.waitForSelector(`${root}[data-run="run 2"][data-iteration="30"]`)
  return opened
}

test("dark and narrow pages are filled without a sideways scroll", async () => {
  const light = await lenet({})
  await light.page.focus(".chart[role=application]")
  await light.page.keyboard.press("Home")
  await light.page.keyboard.press("PageDown")
  await picture(light.page, "cockpit-light")
  await light.leave()
  const { page, leave } = await lenet({ theme: "dark" })
  await picture(page, "cockpit-dark")
  expect(await barriers(page)).toEqual([])
  await leave()
  const narrow = await lenet({ width: 400 })
  await picture(narrow.page, "cockpit-narrow")
  expect(await narrow.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400)
  await narrow.leave()
})

test("two views of one cockpit show the same, each with ids of its own", async () => {
  const { page, errors, cockpit, leave } = await open()
  await page.evaluate("renderAgain()")
  const [first, second] = [page.locator(root).nth(0), page.locator(root).nth(1)]
  await first.getByText("Step").click()
  await page.waitForSelector(`${root} >> nth=1 >> css=:scope[data-iteration="1"]`)
  await cockpit.settled()
  await second.getByLabel("smoothing").fill("0.5")
  // The other view draws in its next frame.
  await waitFor(async () => expect(await first.locator("output").textContent()).toBe("0.50"))
  expect(await first.getAttribute("data-iteration")).toBe("1")
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  expect(errors).toEqual([])
  await leave()
})

test("without test data there is no chart of its accuracy", async () => {
  const { testData: _data, testLabels: _labels, ...items } = smallItems
  const { page, leave } = await open({ items })
  expect(await page.getByText("test accuracy", { exact: true }).isVisible()).toBe(false)
  await leave()
})

test("cleaning up takes the view and its listeners off the page", async () => {
  const { page, errors, cockpit, leave } = await open()
  await page.evaluate("cleanup()")
  expect(await page.locator(root).count()).toBe(0)
  await cockpit.start(5)
  await page.evaluate("new Promise(requestAnimationFrame)")
  expect(await page.locator(root).count()).toBe(0)
  expect(errors).toEqual([])
  await leave()
})

test.each(["light", "dark"] as const)("axe-core finds no serious barrier in %s", async (theme) => {
  const { page, cockpit, leave } = await open({ theme })
  await cockpit.start(20)
  await page.waitForSelector(`${root}[data-iteration="20"]`)
  expect(await barriers(page)).toEqual([])
  await leave()
})
