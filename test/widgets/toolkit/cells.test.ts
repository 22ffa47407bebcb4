import { afterAll, beforeAll, expect, test } from "vitest"
import { type Execution, KernelClient, printed, resultText, withLibrary } from "../../kernel/client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ program: withLibrary })
})
afterAll(async () => {
  await kernel.close()
})

const opened = ({ outputs }: Execution) =>
  outputs
    .filter((m) => m.header.msg_type === "comm_open")
    .map((m) => m.content as { comm_id: string; data: { state: object } })

/** A message of the page, and what the kernel publishes under it until it is idle again. */
async function say(comm_id: string, data: object, buffers: Uint8Array[] = []) {
  const id = await kernel.send("shell", "comm_msg", { comm_id, data }, { buffers })
  await kernel.until(() => kernel.of(id).some((m) => m.content.execution_state === "idle"))
  return kernel.of(id).filter((m) => m.header.msg_type !== "status")
}

async function completions(code: string): Promise<string[]> {
  const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: code.length })
  return content.matches as string[]
}

async function hover(code: string): Promise<string> {
  const { content } = await kernel.request("shell", "inspect_request", {
    code,
    cursor_pos: code.length,
    detail_level: 0,
  })
  return JSON.stringify(content.data)
}

test("a control is made, changed by the page and read in cells", async () => {
  const made =
    await kernel.execute(`const epochs = new controls.IntSlider({ value: 3, max: 10, description: "epochs" })
    epochs.on("change:value", (now, before) => console.log(before + " to " + now.toFixed(1)))
    epochs`)
  const [slider] = opened(made)
  expect(slider!.data.state).toMatchObject({ _model_name: "IntSliderModel", value: 3, max: 10 })
  expect(resultText(made)).toBe("IntSlider: epochs 3")
  const answers = await say(slider!.comm_id, { method: "update", state: { value: 5 }, buffer_paths: [] })
  expect(answers.map((m) => m.content.text ?? m.content.data)).toEqual([
    { method: "echo_update", state: { value: 5 }, buffer_paths: [] },
    "3 to 5.0\n",
  ])
  expect(resultText(await kernel.execute("epochs.value * 2"))).toBe("10")
})

test("a kind of widget answers its page's question under that question", async () => {
  const cell = await kernel.execute(`const Doubler = defineWidget({
      id: "mine.Doubler", esm: "export default {}", state: { count: 0 },
      commands: { double: (grid: Uint8Array, { widget }) => {
        widget.set("count", widget.get("count") + 1)
        return new Float32Array(grid.slice().buffer).map((x) => 2 * x)
      } } })
    const doubler = Doubler()
    doubler`)
  const [open] = opened(cell)
  const msg = { _message: null, _buffer_paths: [["_message"]] }
  const content = { id: "q1", kind: "anywidget-command", name: "double", msg }
  const grid = new Uint8Array(new Float32Array([1, 2.5]).buffer)
  const [update, answer] = await say(open!.comm_id, { method: "custom", content }, [grid])
  expect(update!.content.data).toEqual({ method: "update", state: { count: 1 }, buffer_paths: [] })
  expect(answer!.content.data).toEqual({
    method: "custom",
    content: { id: "q1", kind: "anywidget-command-response", response: { buffer_paths: [["value"]] } },
  })
  const bytes = answer!.buffers[0]!
  expect([...new Float32Array(bytes.slice().buffer)]).toEqual([2, 5])
})

test("20 MB go to the page and back unchanged", async () => {
  const cell =
    await kernel.execute(`const big = createWidget({ esm: "x", state: { grid: Uint8Array.from({ length: 20e6 }, (_, i) => i % 251) as Uint8Array } })
    big.on("change:grid", (grid) => console.log(grid.length, grid.every((x, i) => x === (i + 1) % 251)))`)
  const message = cell.outputs.find((m) => m.header.msg_type === "comm_open")!
  const sent = message.buffers[0]!
  expect(sent.length).toBe(20e6)
  const id = await kernel.send(
    "shell",
    "comm_msg",
    { comm_id: message.content.comm_id, data: { method: "update", state: {}, buffer_paths: [["grid"]] } },
    { buffers: [sent.map((x) => (x + 1) % 251)] },
  )
  await kernel.until(() => kernel.of(id).some((m) => m.content.execution_state === "idle"))
  const [echo, told] = kernel.of(id).filter((m) => m.header.msg_type !== "status")
  expect([echo!.buffers[0]!.length, told!.content.text]).toEqual([20e6, "20000000 true\n"])
})

test("what is wrong with a control's values is said before the cell runs", async () => {
  const { reply } = await kernel.execute('new controls.IntSlider({ value: "3" })')
  expect(reply.content).toMatchObject({ status: "error", ename: "TS2322" })
  const typo = await kernel.execute("epochs.vlaue")
  expect(String(typo.reply.content.evalue)).toContain("Did you mean 'value'")
})

test("controls, their options and values complete, with words", async () => {
  expect(await completions("controls.IntS")).toContain("IntSlider")
  expect(await completions("new controls.IntSlider({ desc")).toContain("description")
  expect(await completions("epochs.val")).toEqual(["value"])
  expect(await completions('epochs.on("change:')).toContain("change:value")
  expect(await hover("new controls.IntSlider")).toContain("A whole number between")
})

test("values of several controls and widgets are linked by cells", async () => {
  const cell =
    await kernel.execute(`const activation = new controls.Dropdown({ options: { none: 0, quarter: 0.25 } })
    const slope = new controls.FloatSlider({ max: 1, step: 0.01, readout_format: ".2f" })
    link(activation, "value", slope, "value", { oneWay: true })
    new controls.HBox({ children: [activation, slope] })`)
  const [dropdown] = opened(cell)
  await say(dropdown!.comm_id, { method: "update", state: { index: 1 }, buffer_paths: [] })
  expect(printed(await kernel.execute("console.log(slope.value, activation.value)"))).toBe("0.25 0.25\n")
})
