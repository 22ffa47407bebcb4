import { fileURLToPath } from "node:url"
import { beforeAll, expect, test } from "vitest"
import { takePicture } from "./browser.js"
import { DebuggerPanel } from "./debugger-panel.js"
import type { NotebookPage } from "./notebook-page.js"
import { counterCell, throwingCell } from "./shared-cells.js"
import { useJupyterLab } from "./use-jupyterlab.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

const cells = {
  typed: `interface Layer { name: string; slope: number }
const layers: Layer[] = [{ name: "conv1", slope: 0.25 }, { name: "fc", slope: -1.5 }]
const answer: number = 42
answer`,
  spin: `console.log("spinning")
while (true) {}`,
  typing: "answer.to",
  wait: `console.log("waiting")
await new Promise(() => {})`,
  library: `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")
const digits = { data: { shape: [100, 1, 28, 28], data: new Float32Array(78400) } }
console.log("computing")
while (true) await forward(net, digits)`,
  known: "[answer, layers.length, net.name]",
  wrongType: `const one = 1
const text: string = one + answer`,
  throws: throwingCell,
  widget: counterCell,
  awaits: `console.log("awaiting two clicks")
await new Promise<void>((resolve) => counter.on("change:count", (count) => count === 2 && resolve()))
"two clicks"`,
  records: "layers",
  typedArray: "Float32Array.from({ length: 1000 }, (_, i) => i)",
  markup: "html`<b>bold</b> and ${" + '"<i>quoted</i>"' + "}`",
  error: `new TypeError("not a net", { cause: new Error("no such file") })`,
  much: `for (let i = 0; i < 50_000; i++) console.log(String(i).padStart(99, "."))`,
  ask: `const reader = await input("name? ")
const secret = await input("secret? ", { password: true });
[reader, secret]`,
  debugged: `function stretch(value: number): number {
  const wide = value * answer
  const label: string = "wide " + wide
  return wide + label.length
}
const stretched = stretch(2)
stretched`,
  exit: `process.exit(0)`,
  goesOn: `typeof globalThis`,
  restarted: `"new " + process.pid`,
}

const used = useJupyterLab("kernel-page")
const { explainFailure } = used
const sent: string[] = []
let notebook: NotebookPage<keyof typeof cells>
let debug: DebuggerPanel
beforeAll(async () => {
  used.page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))))
  debug = new DebuggerPanel(used.page)
  notebook = await used.open(cells)
})

test("cells are TypeScript to the editor and to the file", async () => {
  explainFailure("typescript")
  await notebook.run("typed")
  expect(await notebook.text("typed")).toBe("42")
  expect(await notebook.editor("typed").getAttribute("data-language")).toBe("typescript")
  // A word that JavaScript has no use for is coloured as one that it has.
  const colour = (line: number, word: string) =>
    notebook.line("typed", line).getByText(word, { exact: true }).getAttribute("class")
  expect(await colour(1, "interface")).toBe(await colour(2, "const"))
  const { kernelspec, language_info } = await notebook.save(used.path)
  expect(kernelspec).toMatchObject({ name: "prelab", display_name: "TypeScript (prelab)" })
  expect(language_info).toMatchObject({
    ...{ name: "typescript", file_extension: ".ts", mimetype: "application/typescript" },
    ...{ codemirror_mode: "typescript", pygments_lexer: "typescript" },
  })
})

test("Tab and Shift+Tab answer while a cell spins, and the stop button ends it", async () => {
  explainFailure("typing")
  const { page } = used
  await notebook.start("spin")
  await notebook.output("spin").getByText("spinning").waitFor()
  await notebook.edit("typing")
  await page.keyboard.press("Tab")
  const entries = page.locator(".jp-Completer-item")
  const fixed = entries.filter({ hasText: "toFixed" })
  await fixed.waitFor()
  expect(await entries.count()).toBeGreaterThan(2)
  expect(await fixed.locator(".jp-Completer-monogram").textContent()).toBe("m")
  expect(await fixed.locator(".jp-Completer-typeExtended").textContent()).toBe("method")
  await takePicture(page, "kernel-1-completer")
  await fixed.click()
  await page.keyboard.type("(")
  await page.keyboard.press("Shift+Tab")
  const tooltip = page.locator(".jp-Tooltip")
  await tooltip.getByText("(method) toFixed(fractionDigits?: number | undefined): string").waitFor()
  await takePicture(page, "kernel-2-tooltip")
  await page.keyboard.press("Escape")
  expect(await notebook.isRunning("spin")).toBe(true)
  expect(await page.getByText("TypeScript (prelab) | Busy").isVisible()).toBe(true)
  await notebook.stop("spin")
  expect(await notebook.text("spin")).toContain("Interrupted: the cell was stopped")
  await notebook.edit("typing")
  await page.keyboard.type("1)")
  await notebook.run("typing")
  expect(await notebook.text("typing")).toBe("'42.0'")
})

test("the stop button ends a pending await and a library that computes", async () => {
  explainFailure("stop")
  for (const [name, text] of [
    ["wait", "waiting"],
    ["library", "computing"],
  ] as const) {
    await notebook.start(name)
    await notebook.output(name).getByText(text).waitFor()
    await notebook.stop(name)
    expect(await notebook.text(name)).toContain("Interrupted: the cell was stopped")
  }
  await notebook.run("known")
  expect(await notebook.text("known")).toMatch(/^\[ 42, 2, '\w+' \]$/)
})

test("errors say where they are", async () => {
  explainFailure("errors")
  await notebook.run("wrongType")
  expect(await notebook.text("wrongType")).toMatch(
    /^cell-\d+:2:7 - TS2322: Type 'number' is not assignable to type 'string'\.\n {2}2 \| const text: string = one \+ answer\n {4}\| {7}\^{4}$/,
  )
  await notebook.run("throws")
  const text = await notebook.text("throws")
  expect(text).toMatch(/^RangeError: 5 is odd\n {4}at half \(cell-(\d+):2:26\)\n {4}at cell-\1:5:1\n/)
  expect(text.split("\n").slice(-2)).toEqual([
    `  2 | ${cells.throws.split("\n")[1]}`,
    "    |                          ^",
  ])
  await takePicture(used.page, "kernel-3-errors")
})

test("values are shown as what they are", async () => {
  explainFailure("values")
  for (const name of ["records", "typedArray", "markup", "error"] as const) await notebook.run(name)
  const texts = (cell: "records" | "typedArray", tags: string) =>
    notebook.output(cell).locator(tags).allTextContents()
  expect(await texts("records", "thead th")).toEqual(["", "name", "slope"])
  expect(await texts("records", "tbody tr:nth-child(2) > *")).toEqual(["1", "fc", "-1.5"])
  expect(await notebook.text("typedArray")).toMatch(/^Float32Array of 1,000: min 0, max 999, mean 499\.5\n/)
  expect(await texts("typedArray", "tbody tr:nth-child(2) td")).toEqual(
    Array.from({ length: 10 }, (_, i) => String(10 + i)),
  )
  expect(await notebook.output("markup").locator("b").textContent()).toBe("bold")
  expect(await notebook.text("markup")).toBe("bold and <i>quoted</i>")
  expect(await notebook.text("error")).toMatch(
    /^TypeError: not a net\n[\s\S]*cause\n[\s\S]*Error: no such file/,
  )
  await takePicture(used.page, "kernel-4-values")
})

test("a widget answers while a cell awaits", async () => {
  explainFailure("widget")
  await notebook.run("widget")
  await notebook.start("awaits")
  await notebook.output("awaits").getByText("awaiting two clicks").waitFor()
  const button = notebook.output("widget").locator("button")
  await button.click()
  await notebook.output("widget").getByText("1 clicks, doubled 2").waitFor()
  expect(await notebook.isRunning("awaits")).toBe(true)
  await button.click()
  await notebook.finished("awaits")
  expect(await notebook.text("awaits")).toContain("'two clicks'")
  expect(sent.filter((message) => /"msg_type":"comm_msg".*"subshell_id":"/.test(message)).length).toBe(2)
})

test("five megabytes of printed text arrive", async () => {
  explainFailure("much")
  await notebook.run("much")
  const text = await notebook.text("much")
  expect(text.length).toBeGreaterThan(4_999_000)
  expect(text).not.toContain("data rate exceeded")
  const lines = text.trimEnd().split("\n")
  expect([lines.length, lines.at(-1)]).toEqual([50_000, "49999".padStart(99, ".")])
  await notebook.clear("much")
})

test("input asks, and hides a password", async () => {
  explainFailure("input")
  const { page } = used
  await notebook.start("ask")
  const field = notebook.cell("ask").locator(".jp-Stdin-input")
  await field.waitFor()
  expect(await notebook.cell("ask").locator(".jp-Stdin-prompt").textContent()).toContain("name? ")
  await page.keyboard.type("conv1")
  await page.keyboard.press("Enter")
  await notebook.cell("ask").locator(".jp-Stdin-input[type=password]").waitFor()
  await page.keyboard.type("hush")
  await page.keyboard.press("Enter")
  await notebook.finished("ask")
  const text = await notebook.text("ask")
  expect(text).toContain("[ 'conv1', 'hush' ]")
  expect(text).toMatch(/secret\? +·{8}\n/)
})

test("the debugger stops at a breakpoint, steps, and shows variables", async () => {
  explainFailure("debugger")
  expect(await debug.isOn()).toBe(false)
  await debug.bug.click()
  await expect.poll(() => debug.isOn()).toBe(true)
  await expect.poll(() => debug.variables()).toContain("answer: 42")
  expect((await debug.variables())[0]).toBe("layers: Array")

  const { page } = used
  await notebook.edit("debugged")
  await debug.clickGutter(notebook.cell("debugged"), notebook.line("debugged", 2))
  await debug.breakpoints.waitFor()
  await notebook.start("debugged")
  await debug.stoppedAt.waitFor()
  expect(await debug.stoppedAt.textContent()).toBe("  const wide = value * answer")
  await expect.poll(() => debug.variables()).toContain("value: 2")
  expect(await debug.frames()).toEqual(["stretch", expect.stringMatching(/^cell-\d+$/)])

  await debug.press("next")
  await expect.poll(() => debug.variables()).toContain("wide: 84")
  expect(await debug.stoppedAt.textContent()).toBe('  const label: string = "wide " + wide')
  await debug.press("next")
  await expect.poll(() => debug.variables()).toEqual(["value: 2", "wide: 84", 'label: "wide 84"'])
  await takePicture(page, "kernel-5-debugger")
  await debug.showScope("Cells")
  await expect.poll(() => debug.variables()).toContain("answer: 42")
  await debug.press("continue")
  await notebook.finished("debugged")
  expect(await notebook.text("debugged")).toBe("91")
  await expect.poll(() => debug.variables()).toContain("stretched: 91")
})

test("the variable explorer shows a value as a cell does", async () => {
  explainFailure("explorer")
  const panel = await debug.render("layers")
  await panel.locator("table").waitFor()
  expect(await panel.locator("thead th").allTextContents()).toEqual(["", "name", "slope"])
  await takePicture(used.page, "kernel-6-explorer")
  await debug.bug.click()
  await expect.poll(() => debug.isOn()).toBe(false)
  // Its breakpoint is gone with the debugger.
  await notebook.run("debugged")
  expect(await notebook.text("debugged")).toBe("91")
})

test("process.exit says what it did, and the notebook goes on", async () => {
  explainFailure("exit")
  await notebook.run("exit")
  expect(await notebook.text("exit")).toContain("process.exit(0) was called: the kernel has restarted")
  await notebook.run("goesOn")
  expect(await notebook.text("goesOn")).toBe("'object'")
  expect(await used.page.locator(".jp-Dialog").count()).toBe(0)
})

test("the menu restarts the kernel", async () => {
  explainFailure("restart")
  const { page } = used
  await notebook.menu("Kernel", "Restart Kernel…")
  await page.locator(".jp-Dialog").getByRole("button", { name: "Confirm" }).click()
  await notebook.idle()
  await notebook.run("restarted")
  expect(await notebook.text("restarted")).toMatch(/^'new \d+'$/)
  expect(await notebook.prompt("restarted")).toBe("[1]:")
})

test("the page and the kernel have nothing to complain about, and no request leaves the machine", async () => {
  await used.watched.browser.close()
  await used.lab.stop()
  expect(used.watched.foreign).toEqual([])
  expect(used.watched.console.filter((line) => /^(error|uncaught):/.test(line))).toEqual([])
  expect(used.lab.said.split("\n").filter((line) => line.startsWith("prelab"))).toEqual([])
})
