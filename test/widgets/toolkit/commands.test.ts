import { beforeEach, expect, expectTypeOf, test } from "vitest"
import type { Widget } from "../../../src/kernel/widget.js"
import { type CommandContext, defineWidget } from "../../../src/widgets/toolkit/index.js"
import { askWithBytes } from "../../../widgets/shared/ask-with-bytes.js"
import { KernelWire, type Published } from "./kernel-wire.js"

const esm = "export default {}"
let wire: KernelWire
beforeEach(() => {
  wire = new KernelWire()
})

interface CounterState {
  count: number
}
type Context = CommandContext<CounterState>

const Counter = defineWidget({
  id: "test.Counter",
  esm,
  state: { count: 0 } as CounterState,
  commands: {
    add: (by: number, { widget }: Context) => {
      widget.set("count", widget.get("count") + by)
      return widget.get("count")
    },
    later: async (text: string) => {
      await new Promise((resolve) => setImmediate(resolve))
      return text.toUpperCase()
    },
    fail: () => {
      throw new RangeError("no such layer: conv9")
    },
    double: ({ grid }: { grid: Uint8Array }) => ({
      twice: Float32Array.from(new Float32Array(grid.slice().buffer), (x) => 2 * x),
      bytes: grid.length,
    }),
    loose: (message: { name: string }, { buffers }: Context) => [message.name, buffers.map((b) => b.length)],
  },
})

/** What anywidget's `invoke` sends, and what it would resolve to. */
async function invoke(widget: { modelId: string }, name: string, msg: unknown, buffers: Uint8Array[] = []) {
  wire.take()
  await wire.say(
    widget,
    { method: "custom", content: { id: "q1", kind: "anywidget-command", name, msg } },
    buffers,
  )
  const until = async (): Promise<Published> => {
    const answer = wire.take().find(({ content }) => content.data.method === "custom")
    if (answer) return answer
    await new Promise((resolve) => setImmediate(resolve))
    return until()
  }
  const { content, buffers: answered } = await until()
  const { id, kind, response } = content.data.content as Record<string, unknown>
  expect([id, kind]).toEqual(["q1", "anywidget-command-response"])
  return [response, answered] as [Record<string, unknown>, Uint8Array[]]
}

/** widgets/shared's `askWithBytes` on the same wire. */
function asked<T>(
  widget: { modelId: string },
  name: string,
  message: unknown,
  sizes: number[] = [],
): Promise<T> {
  const viewOf = (b: Uint8Array) => new DataView(b.buffer, b.byteOffset, b.byteLength)
  return askWithBytes<T>(
    {
      invoke: async (name, msg, { buffers = [] } = {}) => {
        const sent = buffers.map((b) => new Uint8Array(b.buffer, b.byteOffset, b.byteLength))
        sizes.push(sent.reduce((sum, { length }) => sum + length, 0))
        const [response, answered] = await invoke(widget, name, structuredClone(msg), sent)
        return [response, answered.map(viewOf)]
      },
    },
    name,
    message,
  )
}

test("a command answers anywidget's own question under its id, at once or later", async () => {
  const counter = Counter({ count: 2 })
  expect(await invoke(counter, "add", 3)).toEqual([{ value: 5, buffer_paths: [] }, []])
  expect(counter.get("count")).toBe(5)
  expect(await invoke(counter, "later", "relu")).toEqual([{ value: "RELU", buffer_paths: [] }, []])
})

test("what a command changes reaches the page before its answer", async () => {
  const counter = Counter()
  wire.take()
  await wire.say(counter, {
    method: "custom",
    content: { id: "q", kind: "anywidget-command", name: "add", msg: 1 },
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(wire.data().map(({ method }) => method)).toEqual(["update", "custom"])
})

test.each([
  ["fail", "no such layer: conv9"],
  ["nothing", "no such command: nothing"],
  ["constructor", "no such command: constructor"],
])("the command %s answers with its error, and the page's question is over", async (name, error) => {
  const counter = Counter()
  expect(await invoke(counter, name, null)).toEqual([{ error, buffer_paths: [] }, []])
  await expect(asked(counter, name, null)).rejects.toThrow(error)
})

test("binary values go both ways, at any depth", async () => {
  const counter = Counter()
  const answer = await asked<{ twice: DataView; bytes: number }>(counter, "double", {
    grid: new Float32Array([1.5, -2]),
  })
  expect(answer.bytes).toBe(8)
  expect([answer.twice.getFloat32(0, true), answer.twice.getFloat32(4, true)]).toEqual([3, -4])
})

test("messages that are too large for Jupyter's server go in pieces", async () => {
  const Sums = defineWidget({
    id: "test.Sums",
    esm,
    state: {},
    commands: {
      sums: (grids: Uint8Array[]) => grids.map((grid) => grid.reduce((sum, x) => sum + x, 0)),
    },
  })
  const widget = Sums()
  const sizes: number[] = []
  const grids = [new Uint8Array(9e6).fill(1), new Uint8Array(0), new Uint8Array(5).fill(2)]
  expect(await asked(widget, "sums", grids, sizes)).toEqual([9e6, 0, 10])
  expect(sizes).toEqual([...new Array(8).fill(2 ** 20), 9e6 + 5 - 2 ** 23])
  const content = { _message: null, _buffer_paths: [["_message"]] }
  const lost = { _piece: { id: "gone", part: 1, parts: 2, sizes: [3], content } }
  const [response] = await invoke(widget, "sums", lost)
  expect(response).toEqual({ error: "pieces of a message are missing", buffer_paths: [] })
})

test("buffers of a plain invoke come beside its message", async () => {
  const [response] = await invoke(Counter(), "loose", { name: "pair" }, [
    new Uint8Array(3),
    new Uint8Array(0),
  ])
  expect(response.value).toEqual(["pair", [3, 0]])
})

test("custom messages that ask nothing are left to the widget's own handlers", async () => {
  const counter = Counter()
  const heard: unknown[] = []
  counter.on("msg:custom", (content) => heard.push(content))
  wire.take()
  await wire.say(counter, { method: "custom", content: "plain text" })
  await wire.say(counter, { method: "custom", content: null })
  expect([heard, wire.take()]).toEqual([["plain text", null], []])
})

test("each widget of a kind has its own state and begins with the definition's", () => {
  const [first, second] = [Counter(), Counter({ count: 7 })]
  first.set("count", 1)
  expect([first.get("count"), second.get("count"), Counter().get("count")]).toEqual([1, 7, 0])
  const ids = wire
    .take()
    .map(({ content }) => (content.data.state as { _anywidget_id: string })?._anywidget_id)
  expect(new Set(ids.filter(Boolean))).toEqual(new Set(["test.Counter"]))
})

test("state, change events and commands are typed", () => {
  const counter = Counter({ count: 1 })
  expectTypeOf(counter).toEqualTypeOf<Widget<CounterState>>()
  expectTypeOf(counter.get("count")).toBeNumber()
  expectTypeOf(counter.set<"count">).parameters.toEqualTypeOf<["count", number]>()
  expectTypeOf(counter.update).parameter(0).toEqualTypeOf<Partial<CounterState>>()
  counter.on("change:count", (now, before) => {
    expectTypeOf(now).toBeNumber()
    expectTypeOf(before).toBeNumber()
  })
  expectTypeOf(Counter).parameter(0).toEqualTypeOf<Partial<CounterState> | undefined>()
  // @ts-expect-error: no such value in the state
  expect(counter.get("cuont")).toBeUndefined()
  // @ts-expect-error: the state's value is a number
  counter.set("count", "one")
  defineWidget({
    id: "test.Wrong",
    esm,
    state: { count: 0 },
    commands: {
      // @ts-expect-error: the state has no such value
      wrong: (_: null, { widget }) => widget.get("name"),
    },
  })
})
