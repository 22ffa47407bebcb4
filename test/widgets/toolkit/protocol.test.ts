import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { createWidget } from "../../../src/kernel/create-widget.js"
import { displaySymbol } from "../../../src/kernel/mime-bundle.js"
import { KernelWire } from "./kernel-wire.js"

const esm = "export default {}"
let wire: KernelWire
beforeEach(() => {
  wire = new KernelWire()
})
afterEach(() => vi.unstubAllEnvs())

const bytes = (buffers: Uint8Array[]) => buffers.map((buffer) => [...buffer])

test("a widget opens with the protocol's version, anywidget's model, an id for its style, and its whole state", () => {
  createWidget({ esm, css: ".a{}", id: "mine.Kind", state: { count: 3, nothing: null } })
  const [open] = wire.take()
  expect(open).toMatchObject({ type: "comm_open", metadata: { version: "2.1.0" } })
  expect(open!.content).toEqual({
    comm_id: expect.any(String),
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
        _anywidget_id: "mine.Kind",
        _esm: esm,
        _css: ".a{}",
        count: 3,
        nothing: null,
      },
      buffer_paths: [],
    },
  })
})

test("binary values at any depth become buffers: their keys go, their elements become null, paths are arrays", () => {
  const state = {
    "a.b": new Uint8Array([1]),
    deep: { list: [{ grid: new Int16Array([258]) }, new DataView(new ArrayBuffer(2))], kept: "text" },
    matrix: [[new Float32Array([1])]],
    raw: new Uint8Array([9, 8]).buffer,
    part: new Uint8Array([0, 7, 0]).subarray(1, 2),
  }
  const widget = createWidget({ esm, state })
  const [open] = wire.take()
  expect(open!.content.data).toMatchObject({
    state: { deep: { list: [{}, null], kept: "text" }, matrix: [[null]] },
    buffer_paths: [
      ["a.b"],
      ["deep", "list", 0, "grid"],
      ["deep", "list", 1],
      ["matrix", 0, 0],
      ["raw"],
      ["part"],
    ],
  })
  const sent = open!.content.data.state as Record<string, unknown>
  expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(["a.b", "raw", "part"]))
  expect(Object.keys((sent.deep as { list: object[] }).list[0]!)).toEqual([])
  expect(bytes(open!.buffers)).toEqual([[1], [2, 1], [0, 0], [0, 0, 128, 63], [9, 8], [7]])
  expect(widget.get("deep").kept).toBe("text")
})

test("what the page sends at any depth finds its places, and a path to nowhere is an error", async () => {
  const widget = createWidget<{ deep: unknown }>({ esm, state: { deep: null } })
  await wire.update(
    widget,
    { deep: { list: ["a", null], x: {} } },
    [
      ["deep", "list", 1],
      ["deep", "x", "y"],
    ],
    [new Uint8Array([5]), new Uint8Array([6, 7])],
  )
  expect(widget.get("deep")).toEqual({
    list: ["a", new Uint8Array([5])],
    x: { y: new Uint8Array([6, 7]) },
  })
  await expect(
    wire.update(widget, { deep: {} }, [["deep", "gone", "y"]], [new Uint8Array(1)]),
  ).rejects.toThrow("no place for a buffer: deep.gone.y")
  await expect(wire.update(widget, {}, [["__proto__", "y"]], [new Uint8Array(1)])).rejects.toThrow("no place")
  expect(Object.keys(Object.prototype)).toEqual([])
})

test("a page's change is echoed before handlers answer it, and is not sent back as an update", async () => {
  const widget = createWidget({ esm, state: { count: 0, double: 0 } })
  widget.on("change:count", (count, before) => widget.set("double", (count - before) * 2))
  wire.take()
  await wire.update(widget, { count: 4 })
  expect(wire.data()).toEqual([
    { method: "echo_update", state: { count: 4 }, buffer_paths: [] },
    { method: "update", state: { double: 8 }, buffer_paths: [] },
  ])
})

test.each(["0", "no", "False", "off"])("JUPYTER_WIDGETS_ECHO=%s switches echoes off", async (value) => {
  vi.stubEnv("JUPYTER_WIDGETS_ECHO", value)
  const widget = createWidget({ esm, state: { count: 0 } })
  wire.take()
  await wire.update(widget, { count: 4 })
  expect([wire.data(), widget.get("count")]).toEqual([[], 4])
})

test("binary values are echoed as such, so that another view gets them too", async () => {
  const widget = createWidget({ esm, state: { grid: new Uint8Array([0]) } })
  wire.take()
  await wire.update(widget, {}, [["grid"]], [new Uint8Array([3, 1, 4])])
  const [echo] = wire.take()
  expect(echo!.content.data).toEqual({ method: "echo_update", state: {}, buffer_paths: [["grid"]] })
  expect(bytes(echo!.buffers)).toEqual([[3, 1, 4]])
})

test("equal values are neither sent nor told, whether numbers, objects, typed arrays or NaN", async () => {
  const state = { n: NaN, list: [{ a: [1, 2] }], grid: new Float32Array([1, 2]), when: new Date(5) }
  const widget = createWidget({ esm, state })
  const told: unknown[] = []
  widget.on("change", (value) => told.push(value))
  wire.take()
  widget.update({ n: NaN, list: [{ a: [1, 2] }], grid: new Float32Array([1, 2]), when: new Date(5) })
  widget.set("list", [{ a: [1, 2] }])
  expect([wire.take(), told]).toEqual([[], []])
  widget.set("grid", new Float32Array([1, 3]))
  expect([wire.take().length, told.length]).toEqual([1, 1])
})

test("several values of one update are one message, and so is all that is set while sync is held", () => {
  const widget = createWidget({ esm, state: { a: 0, b: 0, c: 0 } })
  widget.on("change:a", (a) => widget.set("c", a + 1))
  wire.take()
  widget.update({ a: 1, b: 2 })
  expect(wire.data().map(({ state }) => state)).toEqual([{ a: 1, b: 2 }, { c: 2 }])
  const answer = widget.holdSync(() => {
    for (let i = 5; i < 9; i++) widget.set("a", i)
    widget.holdSync(() => widget.set("b", 7))
    return "done"
  })
  expect([answer, wire.data()]).toEqual([
    "done",
    [{ method: "update", state: { a: 8, b: 7, c: 9 }, buffer_paths: [] }],
  ])
})

test("what was set before an error is sent all the same", () => {
  const widget = createWidget({ esm, state: { a: 0 } })
  wire.take()
  expect(() =>
    widget.holdSync(() => {
      widget.set("a", 1)
      throw new Error("half way")
    }),
  ).toThrow("half way")
  expect(wire.data()).toEqual([{ method: "update", state: { a: 1 }, buffer_paths: [] }])
})

test("a page that asks for one widget's state gets all of it", async () => {
  const widget = createWidget({ esm, state: { v: 1, raw: new Uint8Array([8]) } })
  widget.set("v", 2)
  wire.take()
  await wire.say(widget, { method: "request_state" })
  const [answer] = wire.take()
  expect(answer!.content.data).toMatchObject({
    method: "update",
    state: { v: 2, _esm: esm, _model_name: "AnyModel" },
    buffer_paths: [["raw"]],
  })
  expect(bytes(answer!.buffers)).toEqual([[8]])
})

test('a reloaded page that asks for all gets the open ones, with "state" in the paths', async () => {
  const [first, second, third] = ["a", "b", "c"].map((name, i) =>
    createWidget({ esm, state: { name, raw: [new Uint8Array([i])] } }),
  )
  second!.close()
  await wire.open("jupyter.widget.control", "control")
  wire.take()
  await wire.say("control", { method: "request_states" })
  const [answer] = wire.take()
  const states = answer!.content.data.states as Record<string, object>
  expect(answer!.content.data.method).toBe("update_states")
  expect(Object.keys(states)).toEqual([first!.modelId, third!.modelId])
  expect(states[third!.modelId]).toEqual({
    model_name: "AnyModel",
    model_module: "anywidget",
    model_module_version: "~0.11.*",
    state: expect.objectContaining({ name: "c", raw: [null] }),
  })
  expect(answer!.content.data.buffer_paths).toEqual([
    [first!.modelId, "state", "raw", 0],
    [third!.modelId, "state", "raw", 0],
  ])
  expect(bytes(answer!.buffers)).toEqual([[0], [2]])
})

test.each(["jupyter.widget", "nobody"])(
  "a comm that the page opens to %s is closed: nobody has registered it",
  async (target) => {
    await wire.open(target, "from-the-page", { state: { _model_name: "AnyModel" } })
    expect(wire.take()).toMatchObject([
      { type: "comm_close", content: { comm_id: "from-the-page", data: {} } },
    ])
  },
)

test("custom messages go both ways with their buffers", async () => {
  const widget = createWidget({ esm })
  widget.on("msg:custom", (content, buffers) =>
    widget.send({ got: content }, [...buffers, new Uint8Array([9])]),
  )
  wire.take()
  await wire.say(widget, { method: "custom", content: { kind: "ping" } }, [new Uint8Array([1, 2])])
  const [answer] = wire.take()
  expect(answer!.content.data).toEqual({ method: "custom", content: { got: { kind: "ping" } } })
  expect(bytes(answer!.buffers)).toEqual([[1, 2], [9]])
})

test("a widget inside a state travels as its model's name, and comes back as itself", async () => {
  const child = createWidget({ esm, state: { n: 1 } })
  const other = createWidget({ esm, state: { n: 1 } })
  wire.take()
  const box = createWidget<{ children: unknown[]; by: Record<string, unknown> }>({
    esm,
    state: { children: [child], by: { name: other } },
  })
  const [open] = wire.take()
  expect(open!.content.data.state).toMatchObject({
    children: [`IPY_MODEL_${child.modelId}`],
    by: { name: `IPY_MODEL_${other.modelId}` },
  })
  // Two widgets with the same state are two.
  box.set("children", [other])
  expect(wire.data()).toMatchObject([{ state: { children: [`IPY_MODEL_${other.modelId}`] } }])
  await wire.update(box, { children: [`IPY_MODEL_${child.modelId}`, "IPY_MODEL_unknown"] })
  expect(box.get("children")[0]).toBe(child)
  expect(box.get("children")[1]).toBe("IPY_MODEL_unknown")
  wire.take()
  box.set("children", [child, "IPY_MODEL_unknown"])
  expect(wire.take()).toEqual([])
})

test("either side closes a widget: it says so once, and nothing is sent afterwards", async () => {
  const here = createWidget({ esm, state: { n: 0 } })
  const there = createWidget({ esm, state: { n: 0 } })
  const closed: string[] = []
  here.on("close", () => closed.push("here"))
  there.on("close", () => closed.push("there"))
  wire.take()
  here.close()
  here.close()
  expect(wire.take()).toMatchObject([{ type: "comm_close", content: { comm_id: here.modelId, data: {} } }])
  await wire.close(there)
  here.set("n", 1)
  there.send("hello")
  expect([wire.take(), closed, here.closed, there.closed]).toEqual([[], ["here", "there"], true, true])
  await wire.update(there, { n: 5 })
  expect(there.get("n")).toBe(0)
})

test("widgets of a session that ended are not in a new page's states", async () => {
  createWidget({ esm })
  wire.comms.closeAll()
  await wire.open("jupyter.widget.control", "control")
  wire.take()
  await wire.say("control", { method: "request_states" })
  expect(wire.data()).toEqual([{ method: "update_states", states: {}, buffer_paths: [] }])
})

test("a widget shows itself by its model's id, in one line where nothing can be shown", () => {
  const widget = createWidget({ esm, state: { much: "x".repeat(10_000) } })
  expect(widget[displaySymbol]()).toEqual({
    "application/vnd.jupyter.widget-view+json": {
      version_major: 2,
      version_minor: 0,
      model_id: widget.modelId,
    },
    "text/plain": `Widget(${widget.modelId})`,
  })
})

test("a handler that was taken off is not called", () => {
  const widget = createWidget({ esm, state: { n: 0 } })
  const told: number[] = []
  const handler = (n: number) => void told.push(n)
  widget.on("change:n", handler).set("n", 1)
  widget.off("change:n", handler).set("n", 2)
  widget.on("change:n", handler).off("change:n").set("n", 3)
  expect(told).toEqual([1])
})

test("where no kernel runs something else of the same state stands in its place", () => {
  const fallback = ({ count }: { count: number }) => ({
    [displaySymbol]: () => ({ "text/html": `<b>${count}</b> clicks`, "text/plain": `${count} clicks` }),
  })
  const widget = createWidget({ esm, state: { count: 0 }, fallback })
  widget.set("count", 3)
  const bundle = widget[displaySymbol]()
  expect(Object.keys(bundle)).toEqual(["application/vnd.jupyter.widget-view+json", "text/plain", "text/html"])
  expect(bundle).toMatchObject({ "text/html": "<b>3</b> clicks", "text/plain": "3 clicks" })
})
