import { expect, test, vi } from "vitest"
import { forward } from "../../src/engines/index.js"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import { makeValue, Net } from "../../src/net/index.js"
import { slopeExplorer } from "../../src/widgets/explore-slopes.js"
import { itemOf } from "../../src/widgets/replay.js"
import { digitImages, digitProbabilities, digits } from "../inspect/sample.js"
import { explorerOnWire } from "./explorer-page.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

/** The slopes of every layer with one of them changed. */
function edited(slopes: number[][], layer: number, channel: number, slope: number): number[][] {
  return slopes.map((of, i) => (i === layer ? of.map((old, c) => (c === channel ? slope : old)) : of))
}

test("before any edit the outputs are Caffe's own", async () => {
  const { explorer } = explorerOnWire(await digits(), { input: digitImages(), sample: 3 })
  await explorer.settled()
  const { outputs, total, ran } = explorer.widget.get("result")!
  const caffe = digitProbabilities().data.subarray(30, 40)
  expect(outputs).toHaveLength(1)
  expect(outputs[0]).toMatchObject({ name: "prob", classes: true, total: 10, largestChange: 0 })
  outputs[0]!.before.forEach((p, i) => {
    expect(p).toBeCloseTo(caffe[i]!, 6)
  })
  expect(outputs[0]!.after).toEqual(outputs[0]!.before)
  expect([total, ran]).toEqual([28 * 28, "reference (typescript)"])
})

test("an edit gives what a whole forward pass of the edited net gives", async () => {
  const net = await digits()
  const { explorer, receive } = explorerOnWire(net, { input: digitImages(), sample: 5 })
  await explorer.settled()
  await receive({ slopes: edited(explorer.widget.get("slopes"), 1, 4, -2), revision: 1 })
  await explorer.settled()
  const { outputs, revision } = explorer.widget.get("result")!
  const whole = await forward(explorer.net, { data: itemOf(digitImages(), 5) })
  expect(revision).toBe(1)
  expect(outputs[0]!.after).toEqual(Array.from(whole.outputs.prob!.data))
  expect(outputs[0]!.largestChange).toBeGreaterThan(0)
  expect(explorer.net.layer("prelu2").blobs[0]!.data[4]).toBe(-2)
  expect(net.layer("prelu2").blobs[0]!.data[4]).not.toBe(-2)
})

test("of many edits in a row the last one is computed, and the page's slopes are never sent back", async () => {
  const { explorer, receive, wire } = explorerOnWire(await digits(), { input: digitImages() })
  await explorer.settled()
  wire.sent.length = 0
  const slopes = explorer.widget.get("slopes")
  for (let i = 1; i <= 40; i++) await receive({ slopes: edited(slopes, 0, 0, i / 40), revision: i })
  await explorer.settled()
  const updates = wire.sent.filter(({ method }) => method === "update")
  expect(updates.length).toBeLessThan(40)
  expect(updates.every(({ state }) => !("slopes" in state))).toBe(true)
  expect(explorer.widget.get("result")!.revision).toBe(40)
  expect(explorer.net.layer("prelu1").blobs[0]!.data[0]).toBe(1)
})

test("another sample runs with the edits, and its before is the original net's", async () => {
  const net = await digits()
  const { explorer, receive } = explorerOnWire(net, { input: digitImages() })
  await receive({ slopes: edited(explorer.widget.get("slopes"), 2, 0, 3), revision: 1 })
  await receive({ sample: 99, revision: 2 })
  await explorer.settled()
  const input = { data: itemOf(digitImages(), 99) }
  const [output] = explorer.widget.get("result")!.outputs
  expect(output!.before).toEqual(Array.from((await forward(net, input)).outputs.prob!.data))
  expect(output!.after).toEqual(Array.from((await forward(explorer.net, input)).outputs.prob!.data))
})

test("the chosen channel's activations are what enters its PReLU", async () => {
  const { explorer, receive } = explorerOnWire(await digits(), { input: digitImages() })
  await receive({ layer: 2, channel: 31 })
  await explorer.settled()
  const all = await forward(await digits(), { data: itemOf(digitImages(), 0) }, { all: true })
  const before = all.tops.find(({ layer }) => layer === "conv3/scale")!.blob
  const { activations, total } = explorer.widget.get("result")!
  expect(total).toBe(49)
  expect(activations).toEqual(before.data.slice(31 * 49))
})

test("reset puts the slopes back and sends them to the page", async () => {
  const net = await digits()
  const { explorer, receive, wire } = explorerOnWire(net, {})
  await receive({ slopes: edited(explorer.widget.get("slopes"), 0, 0, 9), revision: 1 })
  expect(String(explorer)).toContain("to 9.000")
  explorer.reset()
  expect(wire.sent.some(({ method, state }) => method === "update" && "slopes" in state)).toBe(true)
  expect(explorer.net.layer("prelu1").blobs[0]!.data).toEqual(net.layer("prelu1").blobs[0]!.data)
})

test("without an input only slopes are shown", async () => {
  const { explorer } = explorerOnWire(await digits(), {})
  await explorer.settled()
  expect([explorer.widget.get("result"), explorer.widget.get("samples")]).toEqual([null, 0])
})

test("where no widget can be shown the slopes are a table", async () => {
  await import("../../src/figures/index.js")
  const { explorer } = explorerOnWire(await digits(), {})
  const bundle: Record<string, unknown> = await explorer[displaySymbol]()
  expect(Object.keys(bundle)).toEqual(["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"])
  expect(bundle["text/html"]).toContain("prelu3")
})

test("what cannot be explored is refused", async () => {
  const net = await digits()
  const image = digitImages()
  const wrong = { shape: [1, 3, 28, 28], data: new Float32Array(3 * 784) }
  explorerOnWire(net, {})
  expect(() => slopeExplorer(net, { input: image, sample: 100 })).toThrow("no such sample: 100 of 100")
  expect(() => slopeExplorer(net, { input: { ...image, shape: [1, 1, 28, 28] } })).toThrow(
    "data does not fill its shape",
  )
  expect(() => slopeExplorer(net, { input: wrong })).toThrow(/conv1/)
  const data = makeValue("data")
  const bare = new Net({
    name: "bare",
    layers: [{ name: "data", type: "Input", bottoms: [], tops: [data], message: {}, blobs: [] }],
  })
  expect(() => slopeExplorer(bare)).toThrow("no PReLU layers: bare")
})
