import { beforeAll, beforeEach, expect, test, vi } from "vitest"
import { forward } from "../../src/engines/index.js"
import { setStopCheck } from "../../src/stop.js"
import { patience, servePages } from "../../src/widgets/page-engine.js"
import type { FromPage, ToPage } from "../../src/widgets/page-messages.js"
import { pulse } from "../../src/widgets/page-session.js"
import { hostOnWire, type Wire } from "../engines/browser/engine-page.js"
import { smallNet } from "../engines/gpu/small-net.js"
import { ActedPage, works } from "./acted-page.js"

// The page's part is played here, message by message; test/engines/browser has a real one.
vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))
const scripts = [new Uint8Array(3), new Uint8Array(5)]
vi.mock("../../src/widgets/page-scripts.js", () => ({ pageScripts: async () => scripts }))

const { net, data } = smallNet()
const input = { data: { shape: [1, 3, 12, 12], data } }
const say = (message: FromPage, buffers?: Uint8Array[]) => wire.receive(message, buffers)
let wire: Wire
const pages = new Set<ActedPage>()

beforeAll(() => servePages())
beforeEach(() => {
  // Every test has a kernel of its own: the widget of the one before is closed.
  wire?.close()
  pages.clear()
  wire = hostOnWire(({ data: { method, content }, buffers }) => {
    if (method !== "custom") return
    const bytes = new Uint8Array(Buffer.from(buffers[0] ?? "", "base64"))
    // A page answers later, not within the call that sends.
    for (const page of pages) setImmediate(() => page.take(content as ToPage, bytes))
  })
  Object.assign(patience, { untilShown: 60, untilGivenUp: 150 })
  Object.assign(pulse, { milliseconds: 20, mostSilent: 5 })
})

const pass = (backend?: "webgpu" | "webgl2") =>
  forward(net, input, { engine: "browser", ...(backend ? { backend } : {}) })

test("a pass runs in the page that says hello, and says so", async () => {
  const page = new ActedPage("p1", say)
  pages.add(page)
  const result = await pass()
  expect(result).toMatchObject({ engine: "browser", backend: "webgl2", detail: "a detail" })
  expect([...result.outputs.prob!.data]).toEqual([1, 2, 3, 4, 5])
  expect(page.asked.map(({ type }) => type)).toEqual(["start", "compile", "run"])
  expect(wire.displays).toBe(1)
})

test("scripts and weights travel once, inputs for each pass", async () => {
  const page = new ActedPage("p1", say)
  pages.add(page)
  await pass()
  const before = page.bytes
  await pass()
  await pass()
  expect(page.asked.map(({ type }) => type)).toEqual(["start", "compile", "run", "run", "run"])
  expect(page.bytes - before).toBe(2 * data.byteLength)
  expect(before).toBeGreaterThan(data.byteLength + 8)
})

test("a backend that the page lacks is refused with the page's reason", async () => {
  pages.add(new ActedPage("p1", say))
  await expect(pass("webgpu")).rejects.toThrow(
    "backend not available in the page: webgpu; webgpu: not here; use webgl2",
  )
  await expect(forward(net, input, { engine: "browser", backend: "cpu" })).rejects.toThrow(
    "backend not in a page: cpu; use webgpu or webgl2",
  )
})

test("what the page refuses is an error with the layer's name", async () => {
  const error = { what: "cannot run on webgl2", value: "conv", hint: "a shader's words" }
  pages.add(new ActedPage("p1", say, (request) => (request.type === "run" ? { error } : works(request))))
  await expect(pass()).rejects.toThrow("cannot run on webgl2: conv; a shader's words")
})

test("without a page, the widget is shown and the error says what has to be open", async () => {
  await expect(pass()).rejects.toThrow(
    "no page answers: browser engine; run the cell in a notebook that is open in a browser, with anywidget's extension; or use engine gpu or reference",
  )
  expect(wire.displays).toBe(1)
  const page = new ActedPage("late", say)
  pages.add(page)
  expect((await pass()).backend).toBe("webgl2")
  expect(wire.displays).toBe(2)
})

test("a page that is closed in the middle fails the pass, and the next one runs in the page that comes", async () => {
  const closes = new ActedPage("p1", say, (request) => {
    if (request.type !== "run") return works(request)
    pages.delete(closes)
    wire.receive({ from: "p1", type: "bye" })
    return undefined
  })
  pages.add(closes)
  await expect(pass()).rejects.toThrow("page closed or reloaded: browser engine; run the cell again")
  const next = new ActedPage("p2", say)
  pages.add(next)
  await pass()
  // It is another page: it has nothing of what the first one had.
  expect(next.asked.map(({ type }) => type)).toEqual(["start", "compile", "run"])
})

test("a page that falls silent is given up", async () => {
  pages.add(new ActedPage("p1", say, (request) => (request.type === "run" ? undefined : works(request))))
  await expect(pass()).rejects.toThrow(
    "page does not answer any more: browser engine; reload the page and run the cell again",
  )
})

test("a page that computes for long is waited for while it says that it is there", async () => {
  let silence = 0
  const slow = new ActedPage("p1", say, (request) => (request.type === "run" ? undefined : works(request)))
  const take = slow.take.bind(slow)
  slow.take = (message, bytes) => {
    take(message, bytes)
    if (message.type !== "ping") return
    silence++
    if (silence < 3 * pulse.mostSilent) wire.receive({ from: "p1", type: "pong" })
  }
  pages.add(slow)
  await expect(pass()).rejects.toThrow("page does not answer any more")
  expect(silence).toBe(3 * pulse.mostSilent + pulse.mostSilent - 1)
})

test("a pass that was stopped leaves the engine usable", async () => {
  const page = new ActedPage("p1", say)
  pages.add(page)
  setStopCheck(() => {
    if (page.asked.some(({ type }) => type === "run")) throw new Error("stopped by the reader")
  })
  await expect(pass()).rejects.toThrow("stopped by the reader")
  setStopCheck(() => {})
  expect((await pass()).backend).toBe("webgl2")
})

test("a page keeps few plans: the oldest go", async () => {
  const page = new ActedPage("p1", say)
  pages.add(page)
  for (const size of [8, 9, 10, 11, 12, 13, 14, 8]) {
    const other = smallNet(size)
    await forward(other.net, { data: { shape: [1, 3, size, size], data: other.data } }, { engine: "browser" })
  }
  const types = page.asked.map(({ type }) => type)
  expect(types.filter((type) => type === "forget").length).toBe(2)
  // The first one had gone, and came again.
  expect(types.filter((type) => type === "compile").length).toBe(8)
})
