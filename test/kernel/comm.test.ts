import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Execution, KernelClient, printed, resultText } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

/** Sends a comm message and gives what the kernel publishes about it, once it is idle again. */
async function answers(type: string, content: object, buffers: Uint8Array[] = []) {
  const id = await kernel.send("shell", type, content, { buffers })
  await kernel.until(() => kernel.of(id).some((m) => m.content.execution_state === "idle"))
  const messages = kernel.of(id)
  expect(messages[0]!.content.execution_state).toBe("busy")
  return messages.filter((m) => m.header.msg_type !== "status")
}

const opened = ({ outputs }: Execution) => outputs.find((m) => m.header.msg_type === "comm_open")!
const bytes = (buffers: Uint8Array[]) => buffers.map((buffer) => [...buffer])

describe("comms", () => {
  it("are opened by the page, with buffers both ways", async () => {
    await kernel.execute(`registerCommTarget("echo", (comm, data, buffers) => {
      comm.onMessage = (data, buffers) => comm.send({ got: data }, [...buffers, new Uint8Array([9])])
      comm.send({ opened: data, sizes: buffers.map((b) => b.length) })
    })`)
    const open = { comm_id: "c1", target_name: "echo", data: { a: 1 } }
    const [hello] = await answers("comm_open", open, [new Uint8Array(3)])
    expect(hello!.content).toEqual({ comm_id: "c1", data: { opened: { a: 1 }, sizes: [3] } })
    const message = { comm_id: "c1", data: { x: "é" } }
    const [echo] = await answers("comm_msg", message, [new Uint8Array([1, 2]), new Uint8Array(0)])
    expect(echo!.header.msg_type).toBe("comm_msg")
    expect(echo!.content).toEqual({ comm_id: "c1", data: { got: { x: "é" } } })
    expect(bytes(echo!.buffers)).toEqual([[1, 2], [], [9]])
    const info = await kernel.request("shell", "comm_info_request", { target_name: "echo" })
    expect(info.content).toEqual({ status: "ok", comms: { c1: { target_name: "echo" } } })
    await answers("comm_close", { comm_id: "c1", data: {} })
    expect((await kernel.request("shell", "comm_info_request", {})).content.comms).toEqual({})
  })

  it("are refused where nobody has registered the target", async () => {
    const [close] = await answers("comm_open", { comm_id: "c2", target_name: "nobody", data: {} })
    expect([close!.header.msg_type, close!.content]).toEqual(["comm_close", { comm_id: "c2", data: {} }])
  })

  it("are opened by a cell and tell it when the page closes them", async () => {
    const code = `const line = openComm("page.target", { hello: 1n }, [new Uint8Array([7])])
      line.onClose = () => console.log("closed")`
    const open = opened(await kernel.execute(code))
    expect(open.content).toMatchObject({ target_name: "page.target", data: { hello: 1 } })
    expect(bytes(open.buffers)).toEqual([[7]])
    const output = await answers("comm_close", { comm_id: open.content.comm_id, data: {} })
    expect(output.map((m) => m.content.text)).toEqual(["closed\n"])
  })
})

describe("widgets", () => {
  it("open with anywidget's model and show themselves", async () => {
    const cell = await kernel.execute(
      `const w = createWidget({ esm: "export default {}", css: ".a{}", state: {
         count: 1, pixels: new Float32Array([1, 2]), deep: { list: ["a", new Uint8Array([5])] } } })
       w`,
    )
    const open = opened(cell)
    expect(open.metadata).toEqual({ version: "2.1.0" })
    expect(open.content).toMatchObject({
      target_name: "jupyter.widget",
      data: {
        state: {
          _model_module: "anywidget",
          _model_name: "AnyModel",
          _model_module_version: "~0.11.*",
          _view_module: "anywidget",
          _view_name: "AnyView",
          _view_module_version: "~0.11.*",
          _view_count: null,
          _esm: "export default {}",
          _css: ".a{}",
          _anywidget_id: expect.stringMatching(/^prelab\./),
          count: 1,
          deep: { list: ["a", null] },
        },
        buffer_paths: [["pixels"], ["deep", "list", 1]],
      },
    })
    expect((open.content.data as { state: object }).state).not.toHaveProperty("pixels")
    expect(bytes(open.buffers)).toEqual([[...new Uint8Array(new Float32Array([1, 2]).buffer)], [5]])
    const result = cell.outputs.find((m) => m.header.msg_type === "execute_result")!
    expect(result.content.data).toEqual({
      "application/vnd.jupyter.widget-view+json": {
        version_major: 2,
        version_minor: 0,
        model_id: open.content.comm_id,
      },
      "text/plain": `Widget(${open.content.comm_id})`,
    })
  })

  it("take the page's changes, echo them, and hold back equal values", async () => {
    const open = opened(
      await kernel.execute(`const counter = createWidget({ esm: "x", state: { count: 0, double: 0 } })
        counter.on("change:count", (now, before) => { console.log(before, now); counter.set("double", counter.get("count") * 2) })`),
    )
    const comm_id = open.content.comm_id
    const update = { comm_id, data: { method: "update", state: { count: 4 }, buffer_paths: [] } }
    const messages = await answers("comm_msg", update)
    expect(messages.map((m) => m.content.data ?? m.content.text)).toEqual([
      { method: "echo_update", state: { count: 4 }, buffer_paths: [] },
      "0 4\n",
      { method: "update", state: { double: 8 }, buffer_paths: [] },
    ])
    const again = await answers("comm_msg", update)
    expect(again.map((m) => m.content.data)).toEqual([
      { method: "echo_update", state: { count: 4 }, buffer_paths: [] },
    ])
    expect((await kernel.execute('counter.set("count", 4)')).outputs).toEqual([])
    expect(printed(await kernel.execute('counter.set("count", 5)'))).toBe("4 5\n")
  })

  it("take binary state and exchange custom messages", async () => {
    const open = opened(
      await kernel.execute(`const b = createWidget({ esm: "y", state: { grid: new Uint8Array([0]) as Uint8Array } })
        b.on("msg:custom", (content, buffers) => b.send({ echo: content }, buffers))`),
    )
    const comm_id = open.content.comm_id
    const data = { method: "update", state: {}, buffer_paths: [["grid"]] }
    const [echo] = await answers("comm_msg", { comm_id, data }, [new Uint8Array([3, 1, 4])])
    expect(echo!.content.data).toEqual({ method: "echo_update", state: {}, buffer_paths: [["grid"]] })
    expect(bytes(echo!.buffers)).toEqual([[3, 1, 4]])
    expect(resultText(await kernel.execute('[...b.get("grid")]'))).toBe("[ 3, 1, 4 ]")
    const custom = { comm_id, data: { method: "custom", content: { kind: "ping" } } }
    const [reply] = await answers("comm_msg", custom, [new Uint8Array([1])])
    expect(reply!.content.data).toEqual({ method: "custom", content: { echo: { kind: "ping" } } })
    expect(bytes(reply!.buffers)).toEqual([[1]])
  })

  it("give a reloaded page their state, one by one and all at once", async () => {
    const open = opened(
      await kernel.execute('const r = createWidget({ esm: "z", state: { v: 1, raw: new Uint8Array([8]) } })'),
    )
    const comm_id = String(open.content.comm_id)
    await kernel.execute('r.set("v", 2)')
    const [one] = await answers("comm_msg", { comm_id, data: { method: "request_state" } })
    expect(one!.content.data).toMatchObject({
      method: "update",
      state: { v: 2, _esm: "z" },
      buffer_paths: [["raw"]],
    })
    await answers("comm_open", { comm_id: "control", target_name: "jupyter.widget.control", data: {} })
    const [all] = await answers("comm_msg", { comm_id: "control", data: { method: "request_states" } })
    const data = all!.content.data as { states: Record<string, object>; buffer_paths: unknown[][] }
    expect(data.states[comm_id]).toMatchObject({
      model_name: "AnyModel",
      model_module: "anywidget",
      model_module_version: "~0.11.*",
      state: { v: 2 },
    })
    const at = data.buffer_paths.findIndex((path) => path[0] === comm_id)
    expect(data.buffer_paths[at]).toEqual([comm_id, "state", "raw"])
    expect(bytes(all!.buffers)[at]).toEqual([8])
  })

  it("are served while a cell waits", async () => {
    const open = opened(await kernel.execute('const go = createWidget({ esm: "g", state: { on: false } })'))
    const id = await kernel.sendCell(
      'await new Promise<void>((done) => go.on("change:on", () => done())); "went on"',
    )
    const update = { method: "update", state: { on: true }, buffer_paths: [] }
    await kernel.send("shell", "comm_msg", { comm_id: open.content.comm_id, data: update })
    expect(resultText(await kernel.finished(id))).toBe("'went on'")
  })

  it("close on both sides", async () => {
    const open = opened(await kernel.execute('const c = createWidget({ esm: "c" })'))
    const { outputs } = await kernel.execute("c.close(); c.closed")
    expect(outputs[0]!.header.msg_type).toBe("comm_close")
    expect(outputs[0]!.content.comm_id).toBe(open.content.comm_id)
    expect(outputs[1]!.content.data).toEqual({ "text/plain": "true" })
  })
})
