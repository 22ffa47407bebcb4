import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { compareNets } from "../../src/equivalence/index.js"
import type { Widget } from "../../src/kernel/widget.js"
import { netExplorer } from "../../src/widgets/explore-net.js"
import { slopeExplorer } from "../../src/widgets/explore-slopes.js"
import { EquivalenceMap } from "../../src/widgets/map-equivalence.js"
import { playground } from "../../src/widgets/open-playground.js"
import { trainingCockpit } from "../../src/widgets/steer-training.js"
import { foldStepper } from "../../src/widgets/step-fold.js"
import { activationViewer } from "../../src/widgets/view-activations.js"
import { digitImages, digits } from "../inspect/sample.js"
import { waitUntil } from "../patience.js"
import { bundled } from "./bundled.js"
import { rewritten } from "./rewritten-digits.js"
import { smallItems, smallSolver } from "./small-training.js"
import { openBrowser, openPage, picture } from "./widget-browser.js"
import { onWire } from "./wire.js"

// What a saved notebook shows where no kernel runs: a site made of notebooks gives a front end its stored state and a
// shadow root, and nothing to ask.

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser.close())

/** A widget of each kind, with the name of its front end. */
const kinds: Readonly<Record<string, () => Promise<Shown>>> = {
  playground: async () => playground(),
  "net-explorer": async () => netExplorer(...(await rewritten())),
  "slope-explorer": async () => slopeExplorer(await digits(), { input: digitImages() }),
  "fold-stepper": async () => foldStepper(await digits(), { input: digitImages() }),
  "equivalence-map": async () => {
    const [before, after] = await rewritten()
    return new EquivalenceMap(before, after, {}, await compareNets(before, after), 0.5)
  },
  "activation-viewer": async () => activationViewer(await digits(), { input: digitImages() }),
  "training-cockpit": () => trainingCockpit(smallSolver, smallItems),
}

interface Shown {
  readonly widget: Pick<Widget<object>, "snapshot" | "close">
  settled?(): Promise<void>
}

/** The state as a notebook stores it, with its buffers in base64. */
async function savedState(make: () => Promise<Shown>) {
  const shown = await onWire(make).made
  await shown.settled?.()
  const { model, buffer_paths, buffers } = shown.widget.snapshot()
  shown.widget.close()
  return {
    state: model.state,
    buffer_paths,
    buffers: buffers.map((bytes) => Buffer.from(bytes).toString("base64")),
  }
}

/** Puts a front end into a shadow root, with a state and nobody behind it. */
async function mountStatic(page: Page, name: string, saved: Awaited<ReturnType<typeof savedState>>) {
  const { esm, css } = await bundled(name)
  const url = `data:text/javascript;base64,${Buffer.from(esm).toString("base64")}`
  await page.addScriptTag({ type: "module", content: `import widget from "${url}"; window.widget = widget` })
  await page.waitForFunction("window.widget")
  await page.evaluate(`(${mount})(${JSON.stringify(saved)}, ${JSON.stringify(css)})`)
}

/** Runs in the page. */
const mount = `({ state, buffer_paths, buffers }, css) => {
  buffer_paths.forEach((path, i) => {
    let place = state
    for (const key of path.slice(0, -1)) place = place[key]
    place[path.at(-1)] = new DataView(Uint8Array.from(atob(buffers[i]), (c) => c.charCodeAt(0)).buffer)
  })
  const handlers = {}
  const model = {
    get: (name) => state[name],
    set(name, value) {
      state[name] = value
      for (const handler of handlers["change:" + name] ?? []) handler()
    },
    on: (event, handler) => (handlers[event] ??= new Set()).add(handler),
    off: (event, handler) => handlers[event]?.delete(handler),
    save_changes() {},
    send() {},
  }
  const host = document.createElement("div")
  document.body.append(host)
  const root = host.attachShadow({ mode: "open" })
  const style = document.createElement("style")
  style.textContent = css
  const el = document.createElement("div")
  root.append(style, el)
  window.shown = el
  widget.render({ model, el })
}`

const texts: Readonly<Record<string, RegExp>> = {
  playground: /leaky ReLU/,
  "net-explorer": /6 layers removed/,
  "slope-explorer": /channel/,
  "fold-stepper": /Within the bound on all/,
  "equivalence-map": /Equivalent on reference/,
  "activation-viewer": /predicted class/,
  "training-cockpit": /iteration 0 of/,
}

test.each(Object.keys(kinds))(
  "the %s shows its saved state where no kernel runs, and moves without errors",
  async (name) => {
    const saved = await savedState(kinds[name]!)
    const { page, errors, foreign } = await openPage(browser)
    await mountStatic(page, name, saved)
    const view = page.locator(".prelab-widget, .prelab-slopes").first()
    await view.waitFor()
    await waitUntil(async () => texts[name]!.test((await view.textContent()) ?? ""))
    expect(await view.getAttribute("aria-busy")).not.toBe("true")
    await picture(page, `static-${name}`)
    // Some take others away: what is clicked need not be in sight any more.
    for (const button of await view.locator("button").elementHandles()) await button.dispatchEvent("click")
    for (const field of await view.locator("select:enabled").all())
      if (await field.isVisible()) await field.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    // What is asked of nobody fails in a later turn.
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))")
    expect([errors, foreign]).toEqual([[], []])
    await page.close()
  },
)
