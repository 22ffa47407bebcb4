import { expect, test, vi } from "vitest"
import { forward } from "../../src/engines/index.js"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import { makeValue, Net } from "../../src/net/index.js"
import { lenet } from "../../src/training/index.js"
import { itemOf } from "../../src/widgets/replay.js"
import { type ActivationViewerOptions, activationViewer } from "../../src/widgets/view-activations.js"
import { digitImages, digitProbabilities, digits } from "../inspect/sample.js"
import { colourNet, colourPictures } from "./colour-net.js"
import { onWire } from "./wire.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

function viewerOnWire(net: Net, options: ActivationViewerOptions) {
  const { made, receive, ...rest } = onWire(() => activationViewer(net, options))
  return { viewer: made, receive: (state: object) => receive({ state }), ...rest }
}

const numbers = (view: ArrayBufferView) => Array.from(view as Float32Array)

test("the first convolution's maps and Caffe's own outputs are shown at once", async () => {
  const net = await digits()
  const { viewer } = viewerOnWire(net, { input: digitImages(), sample: 3 })
  await viewer.settled()
  const whole = await forward(net, { data: itemOf(digitImages(), 3) }, { all: true })
  const { view, first, values, ran, outputs } = viewer.widget.get("result")!
  expect(viewer.widget.get("views")[view]).toMatchObject({
    layer: "conv1",
    type: "Convolution",
    shape: "1x12x28x28",
    maps: 12,
    height: 28,
    width: 28,
  })
  expect([first, ran]).toEqual([0, "reference (typescript)"])
  expect(numbers(values)).toEqual(Array.from(whole.tops.find(({ layer }) => layer === "conv1")!.blob.data))
  const caffe = digitProbabilities().data.subarray(30, 40)
  expect(outputs).toHaveLength(1)
  expect(outputs[0]).toMatchObject({ name: "prob", classes: true, total: 10 })
  outputs[0]!.values.forEach((p, i) => {
    expect(p).toBeCloseTo(caffe[i]!, 6)
  })
})

test("layers in place have views of their own, with the values right after each", async () => {
  const net = await digits()
  const { viewer, receive } = viewerOnWire(net, { input: digitImages() })
  const views = viewer.widget.get("views")
  expect(views.filter(({ top }) => top === "conv1").map(({ layer }) => layer)).toEqual([
    "conv1",
    "conv1/bn",
    "conv1/scale",
    "prelu1",
  ])
  const whole = await forward(net, { data: itemOf(digitImages(), 0) }, { all: true })
  for (const [view, { layer }] of views.entries()) {
    await receive({ view, revision: view + 1 })
    await viewer.settled()
    const expected = whole.tops.find((each) => each.layer === layer)!.blob.data
    expect(numbers(viewer.widget.get("result")!.values), layer).toEqual(Array.from(expected))
  }
})

test("what is drawn runs in place of the sample, on the samples' own scale", async () => {
  const net = await digits()
  const { viewer, receive } = viewerOnWire(net, { input: digitImages(), sample: 5 })
  const item = itemOf(digitImages(), 5)
  expect(viewer.widget.get("pad")).toEqual({ width: 28, height: 28, from: 0, to: 255 / 256 })
  const drawing = Buffer.from(Array.from(item.data, (x) => Math.round(x * 256))).toString("hex")
  await receive({ sample: 0, drawing, revision: 1 })
  await viewer.settled()
  expect(viewer.input.data).toEqual(item.data)
  const { outputs, revision } = viewer.widget.get("result")!
  expect(revision).toBe(1)
  expect(outputs[0]!.values).toEqual(Array.from((await forward(net, { data: item })).outputs.prob!.data))
})

test("of a hundred drawings in a row the last one is computed, and the page's drawing is never sent back", async () => {
  const net = await digits()
  const { viewer, receive, wire } = viewerOnWire(net, { input: digitImages() })
  await viewer.settled()
  wire.sent.length = 0
  let drawing = ""
  for (let i = 1; i <= 100; i++) {
    drawing = "00".repeat(784 - i) + "ff".repeat(i)
    await receive({ drawing, revision: i })
  }
  await viewer.settled()
  const updates = wire.sent.filter(({ method }) => method === "update")
  expect(updates.length).toBeLessThan(100)
  expect(updates.some(({ state }) => "drawing" in state)).toBe(false)
  const result = viewer.widget.get("result")!
  expect(result.revision).toBe(100)
  const data = new Float32Array(784).fill(255 / 256, 684)
  const whole = await forward(net, { data: { shape: [1, 1, 28, 28], data } })
  expect(result.outputs[0]!.values).toEqual(Array.from(whole.outputs.prob!.data))
})

test("another engine is named with its backend, and agrees", async () => {
  const net = await digits()
  const { viewer, receive } = viewerOnWire(net, { input: digitImages(), sample: 7 })
  await viewer.settled()
  const before = viewer.widget.get("result")!
  await receive({ engine: "onnx", revision: 1 })
  await viewer.settled()
  const after = viewer.widget.get("result")!
  expect(after.ran).toMatch(/^onnx \((cpu|wasm)\)$/)
  expect(after.outputs[0]!.largest).toBe(before.outputs[0]!.largest)
  expect(numbers(after.values)).toHaveLength(12 * 784)
})

test("an engine that cannot run says why, and the next wish is answered", async () => {
  const { viewer, receive } = viewerOnWire(await digits(), { input: digitImages() })
  await viewer.settled()
  await receive({ engine: "sundial", revision: 1 })
  await viewer.settled()
  expect(viewer.widget.get("problem")).toMatchObject({ revision: 1 })
  expect(viewer.widget.get("problem")!.message).toMatch(/^unknown engine: sundial/)
  await receive({ engine: "reference", sample: 4, revision: 2 })
  await viewer.settled()
  expect(viewer.widget.get("problem")).toBeNull()
  expect(viewer.widget.get("result")!.revision).toBe(2)
})

test("without samples there is an empty pad with ink from 0 to 1", async () => {
  const net = await digits()
  const { viewer } = viewerOnWire(net, {})
  await viewer.settled()
  expect(viewer.widget.get("pad")).toEqual({ width: 28, height: 28, from: 0, to: 1 })
  const blank = await forward(net, { data: { shape: [1, 1, 28, 28], data: new Float32Array(784) } })
  expect(viewer.widget.get("result")!.outputs[0]!.values).toEqual(Array.from(blank.outputs.prob!.data))
})

test("of a wide layer the group with the chosen map is sent", async () => {
  const net = colourNet()
  const { viewer, receive } = viewerOnWire(net, { input: colourPictures, sample: 1 })
  await viewer.settled()
  const { tops } = await forward(net, { data: itemOf(colourPictures, 1) }, { all: true })
  const wide = tops.find(({ layer }) => layer === "wide")!.blob.data
  const area = 4 * 6
  expect(viewer.widget.get("result")!.first).toBe(0)
  expect(numbers(viewer.widget.get("result")!.values)).toEqual([...wide.slice(0, 64 * area)])
  await receive({ map: 66 })
  await viewer.settled()
  expect(viewer.widget.get("result")!.first).toBe(64)
  expect(numbers(viewer.widget.get("result")!.values)).toEqual([...wide.slice(64 * area)])
})

test("a picture in colours is shown as it is, and cannot be drawn on; of many outputs the ten largest are told", async () => {
  const { viewer } = viewerOnWire(colourNet(), { input: colourPictures })
  await viewer.settled()
  expect(viewer.widget.get("pad")).toBeNull()
  expect(viewer.widget.get("image")).toMatchObject({ sample: 0, width: 8, height: 6 })
  const { outputs } = viewer.widget.get("result")!
  const whole = (await forward(colourNet(), { data: itemOf(colourPictures, 0) })).outputs.ip!.data
  expect(outputs[0]).toMatchObject({ name: "ip", classes: true, total: 30 })
  expect(outputs[0]!.values).toEqual([...whole].sort((a, b) => b - a).slice(0, 10))
  expect(outputs[0]!.largest).toBe(whole.indexOf(Math.max(...whole)))
})

test("where no widget can be shown there are a picture of the maps and a table of the outputs", async () => {
  await import("../../src/figures/index.js")
  const { viewer } = viewerOnWire(await digits(), { input: digitImages(), sample: 40 })
  const bundle: Record<string, unknown> = await viewer[displaySymbol]()
  expect(Object.keys(bundle)).toEqual([
    "application/vnd.jupyter.widget-view+json",
    "text/html",
    "image/png",
    "text/plain",
  ])
  expect(bundle["text/html"]).toContain("prob")
  expect(
    Buffer.from(bundle["image/png"] as string, "base64")
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG")
  const caffe = digitProbabilities().data.subarray(400, 410)
  expect(bundle["text/plain"]).toBe(
    `Activation viewer of digits: conv1 1x12x28x28; prob is largest at ${caffe.indexOf(Math.max(...caffe))}`,
  )
})

test("what cannot be shown is refused", async () => {
  const net = await digits()
  const input = digitImages()
  viewerOnWire(net, { input })
  expect(() => activationViewer(net, { input, sample: 100 })).toThrow("no such sample: 100 of 100")
  expect(() => activationViewer(net, { input, layer: "conv9" })).toThrow("no such layer: conv9")
  expect(() => activationViewer(net, { input: { ...input, shape: [1, 1, 28, 28] } })).toThrow(
    "data does not fill its shape",
  )
  expect(() => activationViewer(lenet())).toThrow(/^net needs one input: 2/)
  const colour = { shape: [1, 3, 28, 28], data: new Float32Array(3 * 784) }
  expect(() => activationViewer(net, { input: colour })).toThrow(/conv1/)
  const data = makeValue("data")
  const bare = new Net({
    name: "bare",
    layers: [{ name: "data", type: "Input", bottoms: [], tops: [data], message: {}, blobs: [] }],
  })
  expect(() => activationViewer(bare, { input })).toThrow("net without layers: bare")
})
