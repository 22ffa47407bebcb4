import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { type FoldStepperOptions, foldStepper } from "../../src/widgets/step-fold.js"
import { digitImages, digits } from "../inspect/sample.js"
import { waitFor } from "../patience.js"
import { bn, conv, input, ip, randomNet, relu, scale } from "../transforms/random-net.js"
import { mountWidget } from "./mounted-widget.js"
import { barriers, openBrowser, openPage, picture, type Theme } from "./widget-browser.js"

// The bundle is made here from the sources; the built one may be older or absent.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

const root = ".prelab-fold-stepper"

async function open(options: FoldStepperOptions = {}, theme: Theme = "light", width = 820) {
  const opened = await openPage(browser, theme, width)
  const net = await digits()
  const { made, wire } = await mountWidget(opened.page, "fold-stepper", () =>
    foldStepper(net, { input: digitImages(), ...options }),
  )
  await idle(opened.page)
  return { ...opened, net, stepper: made, wire }
}

/** Waits until what is shown is what was asked for. */
async function idle(page: Page): Promise<void> {
  await page.waitForSelector(`${root}[aria-busy=false]`)
}

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true })
const stepOf = (page: Page) => page.getAttribute(root, "data-step").then(Number)
const holds = (page: Page) => page.getAttribute(root, "data-holds")
const cells = (page: Page) =>
  page.evaluate(
    "[...document.querySelectorAll('.stage table tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value)))",
  ) as Promise<(number | string)[][]>

test("buttons and keys walk through the steps, and each shows the numbers of foldBatchNorm", async () => {
  const { page, errors, net, stepper } = await open({ layer: "conv2", channel: 5 })
  const { net: folded, report } = foldBatchNorm(net)
  const [mean, variance, factor] = net
    .layer("conv2/bn")
    .blobs.map(({ data }, i) => data[i === 2 ? 0 : 5]!) as [number, number, number]
  const [gamma, beta] = net.layer("conv2/scale").blobs.map(({ data }) => data[5]!) as [number, number]
  const alpha = report.rules[1]!.gains![5]!
  expect((await cells(page)).map(([, value]) => value)).toEqual([
    mean,
    variance,
    factor,
    Math.fround(1e-5),
    gamma,
    beta,
  ])
  expect(await page.locator("text=◀ Previous").isDisabled()).toBe(true)
  await page.click("text=Next ▶")
  await waitFor(() => expect(stepper.widget.get("step")).toBe(1))
  expect((await cells(page)).slice(0, 2).map((row) => row[2])).toEqual([mean / factor, variance / factor])
  await page.focus("text=Next ▶")
  await page.keyboard.press("ArrowRight")
  expect(await page.textContent("[aria-live=polite]")).toMatch(/^step 3 of 6, Alpha: /)
  expect((await cells(page))[3]).toEqual([alpha])
  await page.keyboard.press("Enter")
  expect(await stepOf(page)).toBe(3)
  await page.click("text=the weights as a table")
  const weights = net.layer("conv2").blobs[0]!.data.slice(5 * 108, 6 * 108)
  const scaled = folded.layer("conv2").blobs[0]!.data.slice(5 * 108, 6 * 108)
  expect(await cells(page)).toEqual(Array.from(weights, (w, i) => [w, scaled[i]]))
  await page.keyboard.press("Tab")
  await page.focus("text=Next ▶")
  await page.keyboard.press("ArrowRight")
  expect((await cells(page))[3]).toEqual([folded.layer("conv2").blobs[1]!.data[5]])
  await page.keyboard.press("End")
  expect(await stepOf(page)).toBe(5)
  expect(await page.locator("text=Next ▶").isDisabled()).toBe(true)
  const { probes } = stepper.widget.get("result")!
  await page.click("text=all probes as a table")
  expect(await cells(page)).toEqual(
    probes.map(({ difference, bound, ratio, beyond, total }) => [
      difference,
      bound,
      ratio,
      `${beyond} of ${total}`,
    ]),
  )
  expect(await holds(page)).toBe("true")
  await page.click("text=Reset")
  expect(await stepOf(page)).toBe(0)
  await page.click("li >> text=5 Carry the bias")
  expect(await stepOf(page)).toBe(4)
  expect(await page.evaluate("document.activeElement.textContent")).toBe("5 Carry the bias")
  expect(errors).toEqual([])
  await page.close()
})

test("play goes on by itself to the last step, pause stops it", async () => {
  const { page, errors, stepper } = await open()
  await field(page, "speed").selectOption("fast")
  await page.click("text=▶ Play")
  await page.waitForSelector(`${root}[data-step="1"]`)
  await page.click("text=⏸ Pause")
  const paused = await stepOf(page)
  await page.click("text=▶ Play")
  await page.waitForSelector(`${root}[data-step="5"]`)
  await page.waitForSelector("text=▶ Play")
  expect(paused).toBeLessThan(5)
  await waitFor(() => expect(stepper.widget.get("step")).toBe(5))
  expect(errors).toEqual([])
  await page.close()
})

test("each switch of the script shows its damage, and taking it back restores the verdict", async () => {
  const { page, errors, stepper } = await open({ layer: "conv1" })
  for (const [words, why] of [
    ["forgets to divide by n", /α is 0\.\d+ times the right one/],
    ["loses the layer's bias b", /^✗ Beyond the bound on \d of 10 probes, .*b′ is /],
    ["loses β", /b′ is .*, not /],
  ] as const) {
    await page.check(`text=${words}`)
    await page.waitForSelector(`${root}[aria-busy=false][data-holds=false]`)
    expect(await page.textContent(".verdict")).toMatch(why)
    await page.uncheck(`text=${words}`)
    await page.waitForSelector(`${root}[aria-busy=false][data-holds=true]`)
  }
  await field(page, "values of eps with a name").selectOption({ label: "1e-3, Keras" })
  await page.waitForSelector(`${root}[aria-busy=false][data-holds=false]`)
  expect(stepper.widget.get("result")!.eps).toBe(Math.fround(1e-3))
  await field(page, "takes ε").fill("0.00001")
  await page.waitForSelector(`${root}[aria-busy=false][data-holds=true]`)
  await page.check("text=loses β")
  await page.click("text=Reset")
  await waitFor(() => expect([stepper.widget.get("eps"), stepper.widget.get("mistakes")]).toEqual([null, []]))
  await page.waitForSelector(`${root}[aria-busy=false][data-holds=true]`)
  expect(await page.isDisabled("text=Reset")).toBe(true)
  await page.selectOption(`${root} select >> nth=0`, { index: 1 })
  await idle(page)
  expect(await page.getByLabel("loses the layer's bias b (b is 0)", { exact: true }).isDisabled()).toBe(true)
  expect(await page.textContent(".verdict")).toMatch(/^✓ Within the bound on all 10 probes/)
  expect(errors).toEqual([])
  await page.close()
})

test("channel and probe are chosen by their fields, and nothing is sent back of what the page set", async () => {
  const { page, errors, stepper, wire } = await open()
  wire.sent.length = 0
  await field(page, "channel").fill("7")
  await waitFor(() => expect(stepper.widget.get("result")!.channel).toBe(7))
  await idle(page)
  await field(page, "channel").fill("99")
  expect(stepper.widget.get("channel")).toBe(7)
  await field(page, "probe").selectOption("borders")
  await page.click("li >> text=6 Compare the outputs")
  await waitFor(() => expect(stepper.widget.get("result")!.outputs!.probe).toBe(4))
  await page.waitForSelector("text=(probe borders)")
  expect(await page.locator(".stage canvas").count()).toBe(3)
  expect(await page.getAttribute(".stage svg", "aria-label")).toMatch(
    /^Largest difference as a part of its bound: yours /,
  )
  const sentBack = wire.sent
    .filter(({ method }) => method === "update")
    .flatMap(({ state }) => Object.keys(state))
  expect([...new Set(sentBack)]).toEqual(["result"])
  expect(errors).toEqual([])
  await page.close()
})

test("a weight under the pointer is read out", async () => {
  const { page, net } = await open({ layer: "conv1", channel: 2 })
  await page.click("li >> text=4 Scale the weights")
  const box = (await page.locator(".stage canvas").first().boundingBox())!
  await page.mouse.move(box.x + 30, box.y + 50)
  const w = net.layer("conv1").blobs[0]!.data[2 * 9 + 7]!
  expect(await page.textContent(".readout")).toContain(`input 0 [2, 1]: ${Number(w.toPrecision(4))} becomes`)
  await page.close()
})

test("inner products, long sums and convolutions over one axis are drawn, and what is not folded is said", async () => {
  const { page, errors } = await openPage(browser)
  const net = randomNet(
    [
      input("dim: 1 dim: 5000 dim: 4"),
      conv("a", "data", "a", "num_output: 3 kernel_size: 2"),
      bn("a/bn", "a"),
      ip("b", "a", "b"),
      bn("b/bn", "b"),
      scale("b/scale", "b"),
      relu("r", "b", "r"),
      scale("alone", "r", "s"),
    ].join("\n"),
  )
  const { made } = await mountWidget(page, "fold-stepper", () => foldStepper(net))
  for (const [site, places] of [
    ["a (Convolution, 3)", "The first 2048 of 5000 inputs."],
    ["b (InnerProduct, 4)", "W of 9 inputs"],
  ] as const) {
    await page.selectOption(`${root} select >> nth=0`, { label: site })
    for (const step of [0, 1, 2, 3, 4, 5]) {
      made.widget.set("step", step)
      await page.waitForSelector(`${root}[data-step="${step}"][aria-busy=false][data-holds=true]`)
      if (step === 3) expect(await page.textContent(".stage")).toContain(places)
    }
  }
  await page.click("text=1 more layers of the fold")
  expect(await page.textContent("li:visible >> nth=-1")).toMatch(/^alone \(Scale\): kept; /)
  expect(errors).toEqual([])
  await page.close()
})

test("a hundred rapid wishes end in the last one on both sides", async () => {
  const { page, stepper } = await open()
  await page.evaluate(`(() => {
    const field = document.querySelector('input[id$="-channel"]')
    for (let i = 1; i <= 100; i++) {
      field.value = String(i % 12)
      field.dispatchEvent(new Event("input"))
    }
  })()`)
  await waitFor(() => expect(stepper.widget.get("result")!.revision).toBe(100))
  await page.waitForSelector(`${root}[data-revision="100"][aria-busy=false]`)
  expect([stepper.widget.get("result")!.channel, await field(page, "channel").inputValue()]).toEqual([4, "4"])
  await page.close()
})

test("without an answer it says so, and does not show another channel's numbers", async () => {
  const { page, errors, stepper } = await open()
  stepper.close()
  await field(page, "channel").fill("3")
  await page.waitForSelector(`${root}[aria-busy=true]`)
  expect(await page.textContent(".stage")).toContain("The kernel computes this channel")
  expect(await page.textContent(".numbers >> nth=0")).toBe("")
  await page.waitForSelector("text=no answer yet: is the kernel running?")
  expect(errors).toEqual([])
  await page.close()
})

test("two views of one stepper have ids of their own and go together", async () => {
  const { page, errors } = await open()
  await page.evaluate("renderAgain()")
  const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[]
  expect(new Set(ids).size).toBe(ids.length)
  await page.locator("text=Next ▶").first().click()
  expect(await page.locator(root).nth(1).getAttribute("data-step")).toBe("1")
  expect(errors).toEqual([])
  await page.close()
})

test("cleaning up takes the view off the page and stops what plays", async () => {
  const { page, errors, stepper } = await open()
  await field(page, "speed").selectOption("fast")
  await page.click("text=▶ Play")
  await page.evaluate("cleanup()")
  expect(await page.locator(root).count()).toBe(0)
  stepper.widget.set("eps", 1)
  await stepper.settled()
  await page.evaluate("new Promise((resolve) => setTimeout(resolve, 1200))")
  expect(stepper.widget.get("step")).toBe(0)
  expect(errors).toEqual([])
  await page.close()
})

const views = (["light", "dark"] as const).flatMap((theme) =>
  [820, 400].flatMap((width) => [1, 3, 5].map((step) => [step, theme, width] as const)),
)
test.each(views)(
  "step %i in %s at %i pixels: no barrier, no sideways scroll, no request",
  async (step, theme, width) => {
    const { page, errors, foreign, stepper } = await open(
      { layer: step === 3 ? "conv2" : "conv1", channel: 3 },
      theme,
      width,
    )
    stepper.widget.set("step", step)
    if (theme === "dark") stepper.widget.set("eps", 1e-3)
    await stepper.settled()
    await page.waitForSelector(`${root}[data-step="${step}"][data-holds="${theme === "light"}"]`)
    await page.evaluate("new Promise(requestAnimationFrame)")
    await picture(page, `fold-stepper-${step}-${theme}-${width}`)
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
    expect(await barriers(page)).toEqual([])
    expect([errors, foreign]).toEqual([[], []])
    await page.close()
  },
)
