import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { beforeAll, expect, test } from "vitest"
import { barriers } from "../widgets/widget-browser.js"
import { takePicture } from "./browser.js"
import type { NotebookPage } from "./notebook-page.js"
import { useJupyterLab } from "./use-jupyterlab.js"

const cells = {
  define: `let assets = 0
const Counter = defineWidget({
  id: "test.Counter",
  esm: "./counter.js",
  css: "./counter.css",
  state: { count: 0, grid: new Uint8Array(0) as Uint8Array, charts: false },
  commands: {
    square: (n: number) => n * n,
    take: ({ deep: [grid] }: { deep: Uint8Array[] }) => {
      const right = grid!.every((x, i) => x === (i + 1) % 256)
      return grid!.length + " bytes, " + (right ? "right" : "wrong")
    },
    asset: async (name: string) => { assets++; return assetCommands.asset(name) },
  },
})`,
  counter: `const counter = Counter()
counter`,
  again: "counter",
  controls: `const epochs = new controls.IntSlider({ description: "epochs", value: 3, max: 10 })
const rate = new controls.FloatText({ description: "rate", value: 0.1 })
const solver = new controls.Dropdown({ description: "solver", options: { SGD: "sgd", Adam: "adam" } })
const nesterov = new controls.Checkbox({ description: "nesterov" })
const name = new controls.Text({ description: "name", layout: { width: "300px" } })
const phase = new controls.ToggleButtons({ options: ["TRAIN", "TEST"] })
const start = new controls.Button({ description: "Start", button_style: "primary", icon: "play" })
const output = new controls.Output()
const log: string[] = []
start.on("click", () => output.append("started " + ++started))
name.on("submit", () => log.push("submitted " + name.value))
let started = 0
const form = new controls.VBox({ children: [epochs, rate, solver, nesterov, name, phase, start, output] })
new controls.Tab({ children: [form, new controls.HTML({ value: "<b>About</b>" }), counter], titles: ["Train", "About", "Counter"] })`,
  capture: `await output.capture(() => { console.log("printed inside"); display("shown inside") })
console.log("printed outside")`,
  read: `JSON.stringify([epochs.value, rate.value, solver.value, nesterov.value, name.value, phase.value, started, log])`,
  count: 'counter.get("count")',
  rapid: `for (let i = 1; i <= 100; i++) counter.set("count", 1000 + i)`,
  big: `counter.set("grid", Uint8Array.from({ length: 20e6 }, (_, i) => i % 256))`,
  charts: `display(Counter({ charts: true }))
display(Counter({ charts: true }))`,
  assets: "assets",
  die: `process.kill(process.pid, "SIGKILL")`,
  edit: `counter.get("count") + " " + counter.closed`,
}

const used = useJupyterLab("widgets")
const { explainFailure } = used
let notebook: NotebookPage<keyof typeof cells>

async function bundled(entry: string, footer = ""): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  })
  return outputFiles[0]!.text + footer
}

beforeAll(async () => {
  writeFileSync(join(used.folder, "counter.js"), await bundled("widgets/counter.ts"))
  writeFileSync(join(used.folder, "counter.css"), await bundled("../../widgets/shared/base.css"))
  notebook = await used.open(cells)
})

const views = () => used.page.locator(".jp-OutputArea-output .counter")
const counts = () =>
  views().evaluateAll((all) =>
    all.map((one) => (one as unknown as { dataset: { count: string } }).dataset.count),
  )
const form = () => notebook.output("controls")

/** What the kernel holds. */
async function value(name: "read" | "count" | "assets" | "edit"): Promise<string> {
  await notebook.run(name)
  return notebook.text(name)
}

test("a widget of one's own counts by mouse and keyboard in two views, and the kernel knows and answers", async () => {
  explainFailure("counter")
  const { page } = used
  for (const name of ["define", "counter", "again"] as const) await notebook.run(name)
  await expect.poll(counts).toEqual(["0", "0"])
  await views().nth(0).locator("button").click()
  await expect.poll(counts).toEqual(["1", "1"])
  await views().nth(1).locator("button").focus()
  await page.keyboard.press("Enter")
  await page.keyboard.press("Space")
  await expect.poll(counts).toEqual(["3", "3"])
  await views().nth(1).getByText("9", { exact: true }).waitFor()
  expect(await value("count")).toBe("3")
})

test("controls of ipywidgets are driven by mouse and keyboard", async () => {
  explainFailure("controls")
  const { page } = used
  await notebook.run("controls")
  await form().getByRole("slider").focus()
  await page.keyboard.press("ArrowRight")
  await page.keyboard.press("ArrowRight")
  await form().getByLabel("rate").fill("0.05")
  await page.keyboard.press("Tab")
  await form().getByLabel("solver").selectOption("Adam")
  await form().getByLabel("nesterov").check()
  await form().getByLabel("name").fill("second run")
  await page.keyboard.press("Enter")
  await form().getByRole("button", { name: "TEST" }).click()
  await form().getByRole("button", { name: "Start" }).click()
  await form().getByText("started 1").waitFor()
  await form().getByRole("button", { name: "Start" }).focus()
  await page.keyboard.press("Enter")
  await form().getByText("started 2").waitFor()
  expect(JSON.parse((await value("read")).slice(1, -1))).toEqual([
    ...[5, 0.05, "adam", true, "second run", "TEST", 2],
    ["submitted second run"],
  ])
  await notebook.run("capture")
  await form().getByText("printed inside").waitFor()
  await form().getByText("shown inside").waitFor()
  expect((await notebook.text("capture")).trim()).toBe("printed outside")
  await takePicture(page, "widgets-light")
  await form().getByRole("tab", { name: "Counter" }).click()
  await form().locator(".counter button").click()
  await expect.poll(async () => (await counts()).slice(0, 2)).toEqual(["4", "4"])
})

test("100 rapid changes end in the last one, from the kernel and from the page", async () => {
  explainFailure("rapid")
  await notebook.run("rapid")
  await expect.poll(async () => (await counts()).slice(0, 2)).toEqual(["1100", "1100"])
  await views()
    .nth(0)
    .locator("button")
    .evaluate((button) => {
      for (let i = 0; i < 100; i++) (button as unknown as { click(): void }).click()
    })
  await expect.poll(async () => (await counts()).slice(0, 2)).toEqual(["1200", "1200"])
  await views()
    .nth(0)
    .getByText(String(1200 ** 2), { exact: true })
    .waitFor()
  expect(await value("count")).toBe("1200")
})

test("20 MB go to the page and come back", async () => {
  explainFailure("big")
  await notebook.run("big")
  await views().nth(0).getByText("20000000 bytes, right").waitFor()
  await views().nth(1).getByText("20000000 bytes, right").waitFor()
})

test("two widgets fetch a shared library once, from the kernel", async () => {
  explainFailure("assets")
  await notebook.run("charts")
  await expect
    .poll(() => notebook.output("charts").locator("[data-drawn] svg.main-svg").count())
    .toBeGreaterThan(1)
  expect(await notebook.output("charts").locator("[data-drawn]").count()).toBe(2)
  expect(await value("assets")).toBe("1")
})

test("a front end that is saved changes on the page, and keeps its state", async () => {
  explainFailure("edit")
  const changed = (await bundled("widgets/counter.ts")).replace(" clicks`", " presses`")
  writeFileSync(join(used.folder, "counter.js"), changed)
  await views().nth(0).getByRole("button", { name: "1200 presses" }).waitFor()
  await views().nth(1).getByRole("button", { name: "1200 presses" }).click()
  await expect.poll(async () => (await counts()).slice(0, 2)).toEqual(["1201", "1201"])
})

test("a reloaded page shows the widgets as they were, and they go on", async () => {
  explainFailure("reload")
  const { page } = used
  // A widget keeps the keys of JupyterLab to itself.
  await notebook.edit("count")
  await notebook.save(used.path)
  await page.reload()
  await page.locator(".jp-Notebook").waitFor()
  await notebook.idle()
  await expect.poll(async () => (await counts()).slice(0, 2)).toEqual(["1201", "1201"])
  await views().nth(0).locator("button").click()
  await expect.poll(async () => (await counts()).slice(0, 2)).toEqual(["1202", "1202"])
  expect(await form().getByLabel("name").inputValue()).toBe("second run")
  expect(await value("count")).toBe("1202")
})

test("in the dark theme they are readable, and axe-core finds no serious barrier", async () => {
  explainFailure("dark")
  const { page } = used
  expect(await barriers(page, ".counter")).toEqual([])
  await notebook.chooseTheme("Dark")
  await notebook.cell("controls").scrollIntoViewIfNeeded()
  await takePicture(page, "widgets-dark")
  expect(await barriers(page, ".counter")).toEqual([])
})

test("when the kernel restarts the old widgets say so, nothing hangs, and their cells make new ones", async () => {
  explainFailure("restart")
  const { page } = used
  await page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:restart-kernel"]').click()
  await page.locator(".jp-Dialog .jp-mod-accept").click()
  // JupyterLab draws what is in sight.
  await notebook.edit("counter")
  await views().nth(0).getByText("The kernel of this widget has ended").waitFor()
  await notebook.idle()
  await takePicture(page, "widgets-disconnected")
  // What is asked of a kernel that is gone is answered at once, with an error.
  await views().nth(0).locator("button").click()
  await views()
    .nth(0)
    .getByText(/^error: /)
    .waitFor()
  // Their numbers are those that they had before.
  for (const name of ["define", "counter"] as const) await notebook.start(name)
  await expect.poll(async () => (await counts())[0]).toBe("0")
  await views().nth(0).locator("button").click()
  await views().nth(0).getByText("1", { exact: true }).waitFor()
  expect(await views().nth(0).getByText("The kernel of this widget has ended").count()).toBe(0)
  expect(await value("edit")).toBe("'1 false'")
})

test("when the kernel dies by itself, what a widget asks fails instead of waiting, and its cell makes a new one", async () => {
  explainFailure("death")
  const { page } = used
  await notebook.start("die")
  await page.locator(".jp-Dialog").getByText("appears to have died").waitFor()
  await page.locator(".jp-Dialog .jp-mod-accept").click()
  await notebook.idle()
  await notebook.edit("counter")
  await views().nth(0).locator("button").click()
  await views()
    .nth(0)
    .getByText(/^error: /)
    .waitFor()
  for (const name of ["define", "counter"] as const) await notebook.start(name)
  await expect.poll(async () => (await counts())[0]).toBe("0")
  await views().nth(0).locator("button").click()
  await views().nth(0).getByText("1", { exact: true }).waitFor()
})

test("no request leaves the machine, and no script of the page fails", () => {
  expect(used.watched.foreign).toEqual([])
  expect(used.watched.console.filter((line) => line.startsWith("uncaught"))).toEqual([])
})
