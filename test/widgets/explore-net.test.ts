import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test, vi } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { describeNet } from "../../src/inspect/index.js"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import { supportedTypes } from "../../src/layers/index.js"
import { inputLayer, type Layer, makeValue, Net } from "../../src/net/index.js"
import { foldBatchNorm, splitPRelu } from "../../src/transforms/index.js"
import { netExplorer } from "../../src/widgets/explore-net.js"
import { layerKind } from "../../src/widgets/graph/layer-kind.js"
import type { ExplorerGraph, LayerWeights } from "../../src/widgets/net-explorer-state.js"
import { digits } from "../inspect/sample.js"
import { onWire } from "./wire.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

function open(before: Net, after?: Net) {
  const { made, receive, ...rest } = onWire(() => netExplorer(before, after))
  let asked = 0
  const ask = (name: string, msg: unknown) =>
    receive({ content: { id: `question-${++asked}`, kind: "anywidget-command", name, msg } })
  return { explorer: made, widget: made.widget, receive, ask, ...rest }
}

/** A small net of residual units; the last layer may read the data once more. */
function residual(units = ["unit_a", "unit_b"], readsData = false): Net {
  const data = makeValue("data")
  const layers: Layer[] = [inputLayer("data", [data], [[1, 4, 6, 6]])]
  let last = data
  for (const unit of units) {
    const [conv, relu, sum, out] = ["conv", "conv", "sum", "sum"].map((blob) =>
      makeValue(`${unit}/${blob}`),
    ) as [typeof data, typeof data, typeof data, typeof data]
    layers.push(
      layer(`${unit}/conv`, "Convolution", [last], [conv], {
        convolution_param: { num_output: 4, kernel_size: [3], pad: [1], bias_term: false },
      }),
      layer(`${unit}/relu`, "ReLU", [conv], [relu]),
      layer(`${unit}/sum`, "Eltwise", [relu, last], [sum]),
      layer(`${unit}/out`, "ReLU", [sum], [out]),
    )
    last = out
  }
  if (readsData) layers.push(layer("far", "Eltwise", [last, data], [makeValue("far")]))
  return new Net({ name: "residual", layers })
}

function layer(
  name: string,
  type: string,
  bottoms: Layer["bottoms"],
  tops: Layer["tops"],
  message: Layer["message"] = {},
): Layer {
  const blobs = type === "Convolution" ? [{ shape: [4, 4, 3, 3], data: new Float32Array(144).fill(0.5) }] : []
  return { name, type, bottoms, tops, message, blobs }
}

function overlaps({ boxes }: ExplorerGraph): string[] {
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter(
        (b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
      )
      .map((b) => `${a.layers} and ${b.layers}`),
  )
}

test("every layer is described with its shapes, parameters and multiply-accumulates", async () => {
  const net = await digits()
  const [side] = open(net).widget.get("sides")
  const description = describeNet(net)
  expect(side!.layers.map(({ name, type, parameters, macs }) => ({ name, type, parameters, macs }))).toEqual(
    description.layers.map(({ name, type, parameters, macs }) => ({ name, type, parameters, macs })),
  )
  const conv = side!.layers[1]!
  expect(conv).toMatchObject({
    kind: "linear",
    bottoms: [{ blob: "data", layer: 0, top: 0 }],
    tops: [{ blob: "conv1", shape: "1x12x28x28" }],
    label: "conv1, Convolution, 12x28x28",
  })
  expect(conv.prototxt).toContain("convolution_param {\n  num_output: 12\n  pad: 1\n  kernel_size: 3\n")
  expect(conv.prototxt).toContain('type: "msra"')
  expect(side!.layers[5]!.prototxt).toContain("pool: MAX\n")
})

test("a convolution with batch norm, scale and PReLU in place is one stack, and one box", async () => {
  const { widget } = open(await digits())
  const [side] = widget.get("sides")
  expect(side!.groups.filter(({ kind }) => kind === "stack").map(({ layers }) => layers)).toContainEqual([
    1, 2, 3, 4,
  ])
  const [graph] = widget.get("graphs")
  expect(graph!.boxes.flatMap(({ layers }) => layers).sort((a, b) => a - b)).toEqual(
    side!.layers.map((_, i) => i),
  )
  expect(overlaps(graph!)).toEqual([])
})

test("residual units are blocks, named by what their layers share and counted where they are alike", () => {
  const { widget } = open(residual())
  const blocks = widget.get("sides")[0]!.groups.filter(({ kind }) => kind === "block")
  expect(blocks.map(({ name, layers }) => [name, layers])).toEqual([
    ["unit_a", [1, 2, 3, 4]],
    ["unit_b", [5, 6, 7, 8]],
  ])
  expect(blocks[0]!.lines).toEqual(["4 layers, 2 blocks alike", "2 ReLU, 1 Convolution, 1 Eltwise"])
})

test("what is read from far away, as labels and masks are, holds no block together", () => {
  const units = Array.from({ length: 12 }, (_, i) => `unit_${i}`)
  const { widget } = open(residual(units, true))
  const blocks = widget.get("sides")[0]!.groups.filter(({ kind }) => kind === "block")
  expect(blocks.map(({ name }) => name)).toEqual(units)
  expect(overlaps(widget.get("graphs")[0]!)).toEqual([])
})

test("edges lead from box to box as the blobs do", () => {
  const { widget } = open(residual())
  const { boxes, edges } = widget.get("graphs")[0]!
  const named = edges.map(({ from, to, blobs }) => [boxes[from]!.layers[0], boxes[to]!.layers[0], ...blobs])
  expect(named).toContainEqual([0, 1, "data"])
  expect(named).toContainEqual([0, 3, "data"])
  expect(named).toContainEqual([1, 3, "unit_a/conv"])
  expect(named).toContainEqual([3, 5, "unit_a/sum"])
  expect(named).toContainEqual([3, 7, "unit_a/sum"])
  expect(named).toHaveLength(6)
  for (const { from, to } of edges) expect(boxes[from]!.y + boxes[from]!.height).toBeLessThan(boxes[to]!.y)
})

test("the page closes blocks and single groups, and the layout follows", async () => {
  const { widget, ask, wire } = open(residual())
  await ask("draw", "blocks")
  expect(widget.get("graphs")[0]!.boxes.map(({ layers, closed }) => [layers.length, closed])).toEqual([
    [1, false],
    [4, true],
    [4, true],
  ])
  expect(widget.get("graphs")[0]!.edges.map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 2],
  ])
  // A layer in a closed block stands for the block.
  await ask("toggle", { side: 0, layer: 6 })
  expect(widget.get("level")).toBe("mixed")
  expect(widget.get("graphs")[0]!.boxes).toHaveLength(4)
  await ask("toggle", { side: 0, layer: 1 })
  expect(widget.get("level")).toBe("layers")
  expect(wire.sent.filter(({ method }) => method === "custom").map(({ content }) => content)).toHaveLength(3)
})

test("a group that is not there is refused and the page is told", async () => {
  const { widget, ask, wire } = open(residual())
  await ask("toggle", { side: 0, group: 99 })
  expect(wire.sent.at(-1)!.content).toMatchObject({ response: { error: "no such group of layers: 99" } })
  await ask("weigh", { side: 0, layer: 99 })
  expect(wire.sent.at(-1)!.content).toMatchObject({ response: { error: "no such layer: 99" } })
  expect(widget.get("closed")).toEqual([[]])
})

/** The sum of float32s, exactly: each is an integer times 2^-149. */
function exactSum(values: Float32Array): number {
  let sum = 0n
  for (const value of values) {
    const bits = new DataView(new Float32Array([value]).buffer).getUint32(0, true)
    const [exponent, fraction] = [(bits >>> 23) & 255, BigInt(bits & 0x7fffff)]
    const whole = exponent === 0 ? fraction : (fraction | 0x800000n) << BigInt(exponent - 1)
    sum += bits >>> 31 === 1 ? -whole : whole
  }
  // Digits enough for a double, then the scale.
  const negative = sum < 0n
  const size = negative ? -sum : sum
  const shift = Math.max(0, size.toString(2).length - 64)
  return (negative ? -1 : 1) * Number(size >> BigInt(shift)) * 2 ** (shift - 149)
}

test("weights are counted in double, whole and channel by channel", async () => {
  const net = await digits()
  const { widget, ask } = open(net)
  const places = net.layers.flatMap(({ blobs }, i) => (blobs.length > 0 ? [i] : []))
  for (const place of places) {
    await ask("weigh", { side: 0, layer: place })
    const { blobs } = widget.get("weights") as LayerWeights
    blobs.forEach((found, b) => {
      const { data, shape } = net.layers[place]!.blobs[b]!
      expect(found.count).toBe(data.length)
      expect([found.min, found.max]).toEqual([Math.min(...data), Math.max(...data)])
      const mean = exactSum(data) / data.length
      // n roundings of a sum whose terms are at most the largest weight.
      const slack = data.length * 2 ** -52 * Math.max(...data.map(Math.abs))
      expect(Math.abs(found.mean! - mean)).toBeLessThanOrEqual(slack)
      const second = [...data].map((x) => (x - mean) ** 2).sort((x, y) => x - y)
      const std = Math.sqrt(second.reduce((sum, x) => sum + x, 0) / data.length)
      expect(found.std).toBeCloseTo(std, 10)
      expect(found.negative).toBe(data.filter((x) => x < 0).length)
      expect(found.zero).toBe(data.filter((x) => x === 0).length)
      expect(found.positive + found.negative + found.zero).toBe(data.length)
      expect(found.histogram.reduce((sum, n) => sum + n, 0)).toBe(data.length)
      if (found.axis === null) return
      expect(found.channels).toHaveLength(shape[found.axis]!)
      found.channels.forEach((channel, c) => {
        const size = data.length / found.channels.length
        const own = data.slice(c * size, (c + 1) * size)
        expect(channel.min).toBe(Math.min(...own))
        expect(Math.abs(channel.mean! - exactSum(own) / size)).toBeLessThanOrEqual(slack)
        expect([channel.negative, channel.positive]).toEqual([
          own.filter((x) => x < 0).length,
          own.filter((x) => x > 0).length,
        ])
      })
    })
  }
  expect(places.length).toBeGreaterThan(8)
})

test("weights that are not finite are counted, and the others' moments are theirs", () => {
  const data = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 3, 0, -0)
  const value = makeValue("x")
  const net = new Net({
    name: "odd",
    layers: [
      inputLayer("data", [value], [[1, 6]]),
      {
        name: "slopes",
        type: "PReLU",
        bottoms: [value],
        tops: [makeValue("y")],
        message: {},
        blobs: [{ shape: [6], data }],
      },
      {
        name: "none",
        type: "PReLU",
        bottoms: [value],
        tops: [makeValue("z")],
        message: {},
        blobs: [{ shape: [1], data: Float32Array.of(Number.NaN) }],
      },
    ],
  })
  const { explorer } = open(net)
  expect(explorer.weigh({ side: 0, layer: 1 }).blobs[0]).toMatchObject({
    name: "slopes",
    notFinite: 2,
    min: 0,
    max: 3,
    mean: 1,
    std: Math.sqrt(6 / 4),
    zero: 2,
    negative: 0,
    positive: 2,
    axis: null,
    channels: [],
  })
  expect(explorer.weigh({ side: 0, layer: 2 }).blobs[0]).toMatchObject({
    notFinite: 1,
    min: null,
    mean: null,
    std: null,
  })
})

test("what a fold did is marked on both sides, in words", async () => {
  const before = await digits()
  const after = foldBatchNorm(before).net
  const { widget, explorer } = open(before, after)
  const [a, b] = widget.get("sides")
  const names = (side: typeof a, change: string) =>
    side!.layers.filter((each) => each.change === change).map(({ name }) => name)
  expect(names(a, "removed")).toEqual(
    before.layers.map(({ name }) => name).filter((name) => /\/(bn|scale)$/.test(name)),
  )
  expect(names(b, "added")).toEqual([])
  expect(names(a, "changed")).toEqual(["conv1", "conv2", "conv3"])
  expect(names(b, "changed")).toEqual(["conv1", "conv2", "conv3"])
  const conv = b!.layers.find(({ name }) => name === "conv1")!
  const [x, y] = [before, after].map((net) => net.layer("conv1").blobs[0]!.data) as [
    Float32Array,
    Float32Array,
  ]
  const most = Math.max(...x.map((value, i) => Math.abs(value - y[i]!)))
  expect(conv.changes).toContain(
    `blob 0: 108 of 108 values differ, by at most ${Number(most.toPrecision(4))}`,
  )
  expect(a!.layers[conv.other!]!.name).toBe("conv1")
  expect(widget.get("changes")).toHaveLength(9)
  expect(String(explorer)).toContain("6 layers removed, 0 added, 3 changed")
})

test("what a split added is marked on the second side", async () => {
  const before = await digits()
  const after = splitPRelu(before).net
  const { widget } = open(before, after)
  const names = new Set(before.layers.map(({ name }) => name))
  const added = widget.get("sides")[1]!.layers.filter(({ change }) => change === "added")
  expect(added.map(({ name }) => name)).toEqual(
    after.layers.map(({ name }) => name).filter((name) => !names.has(name)),
  )
  expect(added.length).toBeGreaterThan(3)
  expect(widget.get("changed")).toContain(`${added.length} added`)
})

test("every layer type that runs has a kind", () => {
  const other = [...supportedTypes()].filter((type) => layerKind(type) === "other")
  expect(other).toEqual(["Python"])
})

test("where no widget can be shown the layers are a table", async () => {
  await import("../../src/figures/index.js")
  const bundle: Record<string, unknown> = await open(await digits()).explorer[displaySymbol]()
  expect(Object.keys(bundle)).toEqual(["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"])
  expect(bundle["text/html"]).toContain("conv3/scale")
})

test("a net without layers is refused", () => {
  open(residual())
  expect(() => netExplorer(new Net({ name: "empty", layers: [] }))).toThrow("net has no layers: empty")
})

const nsfw = fileURLToPath(
  new URL("../../../shared/oracle/models/open_nsfw/deploy.prototxt", import.meta.url),
)

test.runIf(existsSync(nsfw))(
  "a net of 229 layers opens as blocks, and layer by layer its boxes do not overlap",
  async () => {
    const net = await loadNet(nsfw)
    const { widget, explorer } = open(net)
    expect(widget.get("level")).toBe("blocks")
    const blocks = widget.get("sides")[0]!.groups.filter(({ kind }) => kind === "block")
    expect(blocks.map(({ name }) => name).slice(0, 3)).toEqual([
      "stage0_block0",
      "stage0_block1",
      "stage0_block2",
    ])
    expect(widget.get("graphs")[0]!.boxes.length).toBeLessThan(30)
    explorer.draw("layers")
    const [graph] = widget.get("graphs")
    expect(graph!.boxes.flatMap(({ layers }) => layers)).toHaveLength(229)
    expect(overlaps(graph!)).toEqual([])
  },
)
