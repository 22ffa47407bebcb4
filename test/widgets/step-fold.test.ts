import { expect, test, vi } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { forward } from "../../src/engines/index.js"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import { type Layer, makeValue, Net } from "../../src/net/index.js"
import { layoutOf } from "../../src/transforms/fold-target.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import type { FoldResult, FoldStepperState } from "../../src/widgets/fold-stepper-state.js"
import { type FoldStepperOptions, foldStepper } from "../../src/widgets/step-fold.js"
import { digitImages, digits } from "../inspect/sample.js"
import { isWhole, readCase } from "../oracle/case.js"
import {
  bn,
  conv,
  image,
  input,
  ip,
  layer,
  randomNet,
  relu,
  scale,
  withBlobs,
} from "../transforms/random-net.js"
import { onWire } from "./wire.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

function stepperOnWire(net: Net, options: FoldStepperOptions = {}) {
  const { made, receive, wire } = onWire(() => foldStepper(net, options))
  const ask = async (wish: Partial<FoldStepperState>): Promise<FoldResult> => {
    await receive({ state: { ...wish, revision: made.widget.get("revision") + 1 } })
    await made.settled()
    return made.widget.get("result")!
  }
  return { stepper: made, ask, receive, wire }
}

const floats = (view: ArrayBufferView) =>
  new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer)

/** A channel's weights in the layer of a whole net, read place by place. */
function weightsOfChannel(target: Layer, channel: number): number[] {
  const { rows, columns, inner, group, outputs } = layoutOf(target)
  const found: number[] = []
  target.blobs[0]!.data.forEach((w, i) => {
    const row = Math.floor(i / (columns * inner))
    const column = Math.floor(i / inner) % columns
    const owner = outputs === "rows" ? row : Math.floor(row / (rows / group)) * columns + column
    if (owner === channel) found.push(w)
  })
  return found
}

const nets: Readonly<Record<string, string>> = {
  "a convolution": [image, conv("c", "data", "c"), bn("bn", "c"), scale("sc", "c"), relu("r", "c")].join(
    "\n",
  ),
  "one without bias and Scale": [
    image,
    conv("c", "data", "c", "num_output: 3 kernel_size: 3 bias_term: false"),
    bn("bn", "c"),
  ].join("\n"),
  "a grouped one": [
    input("dim: 1 dim: 4 dim: 6 dim: 5"),
    conv("c", "data", "c", "num_output: 6 kernel_size: 2 group: 2"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a dilated one with stride over a large image": [
    input("dim: 2 dim: 3 dim: 60 dim: 50"),
    conv("c", "data", "c", "num_output: 2 kernel_size: 5 dilation: 9 stride: 2"),
    bn("bn", "c", "n", "eps: 0.01"),
    scale("sc", "n"),
  ].join("\n"),
  "one over one axis": [
    input("dim: 1 dim: 3 dim: 9"),
    conv("c", "data", "c"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a deconvolution": [
    input("dim: 1 dim: 4 dim: 5 dim: 4"),
    layer(
      "c",
      "Deconvolution",
      "data",
      "c",
      "convolution_param { num_output: 6 kernel_size: 3 stride: 2 group: 2 }",
    ),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "an InnerProduct": [
    input("dim: 2 dim: 3 dim: 2 dim: 2"),
    ip("c", "data", "c"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a transposed InnerProduct": [
    input("dim: 2 dim: 5"),
    ip("c", "data", "c", "num_output: 4 transpose: true"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
}

test.each(Object.entries(nets))(
  "every channel of %s is folded as in the whole net, to the bit, and within the bound",
  async (_, prototxt) => {
    const net = randomNet(prototxt)
    const { net: folded, report } = foldBatchNorm(net)
    const { stepper, ask } = stepperOnWire(net)
    expect(stepper.widget.get("sites")).toHaveLength(1)
    const { channels } = stepper.widget.get("sites")[0]!
    const [norm, gains] = [net.layer("bn").blobs, report.rules[0]!.gains!]
    for (let channel = 0; channel < channels; channel++) {
      const result = await ask({ channel })
      expect([...floats(result.weights)]).toEqual(weightsOfChannel(net.layer("c"), channel))
      expect([...floats(result.folded)]).toEqual(weightsOfChannel(folded.layer("c"), channel))
      expect(result.foldedBias).toBe(folded.layer("c").blobs[1]!.data[channel])
      expect([result.alpha, result.right.alpha]).toEqual([gains[channel], gains[channel]])
      expect(result.mean).toBe(norm[0]!.data[channel]! / norm[2]!.data[0]!)
      expect(result.variance).toBe(norm[1]!.data[channel]! / norm[2]!.data[0]!)
      expect(result.alpha).toBe((1 / Math.sqrt(result.variance + result.eps)) * result.gamma)
      expect(result.refused).toBeNull()
      expect(result.probes).toHaveLength(9)
      for (const { ratio, beyond, name } of result.probes) {
        expect(ratio, name).toBeLessThanOrEqual(1)
        expect(beyond).toBe(0)
      }
      // A difference of exactly nothing on every probe would mean that nothing was compared.
      expect(result.probes.some(({ ratio }) => ratio > 0)).toBe(true)
    }
  },
)

test("the sample net has a place for every convolution, with the mistakes that would show there", async () => {
  const { stepper, ask } = stepperOnWire(await digits())
  expect(
    stepper.widget
      .get("sites")
      .map(({ layer, norm, scale, channels, mistakes }) => [layer, norm, scale, channels, mistakes]),
  ).toEqual([
    ["conv1", "conv1/bn", "conv1/scale", 12, ["factor ignored", "own bias lost", "beta lost"]],
    ["conv2", "conv2/bn", "conv2/scale", 24, ["factor ignored", "beta lost"]],
    ["conv3", "conv3/bn", "conv3/scale", 32, ["factor ignored", "own bias lost", "beta lost"]],
  ])
  const { inputs, kernel } = await ask({ site: 1, channel: 5 })
  expect([inputs, kernel]).toEqual([12, [3, 3]])
})

test("a mistake is the formula without that term, and beyond the bound where the term is larger than rounding", async () => {
  const net = await digits()
  const { stepper, ask } = stepperOnWire(net, { layer: "conv3/bn", channel: 7 })
  await stepper.settled()
  const [m, v, n] = net.layer("conv3/bn").blobs.map(({ data }, i) => data[i === 2 ? 0 : 7]!) as [
    number,
    number,
    number,
  ]
  const [g, beta] = net.layer("conv3/scale").blobs.map(({ data }) => data[7]!) as [number, number]
  const b = net.layer("conv3").blobs[1]!.data[7]!
  const eps = Math.fround(1e-5)
  const alpha = (1 / Math.sqrt(v / n + eps)) * g
  const worst = ({ probes }: FoldResult) => Math.max(...probes.map(({ ratio }) => ratio))
  const keras = await ask({ eps: 1e-3 })
  expect(keras.alpha).toBe((1 / Math.sqrt(v / n + Math.fround(1e-3))) * g)
  expect(keras.right.alpha).toBe(alpha)
  expect(worst(keras)).toBeGreaterThan(10)
  const undivided = await ask({ eps: null, mistakes: ["factor ignored"] })
  expect(undivided.alpha).toBe((1 / Math.sqrt(v + eps)) * g)
  expect([undivided.mean, undivided.variance, undivided.stored.factor]).toEqual([m, v, n])
  expect(worst(undivided)).toBeGreaterThan(100)
  const biasless = await ask({ mistakes: ["own bias lost"] })
  expect(biasless.foldedBias).toBe(Math.fround((0 - m / n) * alpha + beta))
  expect([biasless.bias, biasless.taken.bias, biasless.alpha]).toEqual([b, 0, alpha])
  // Training left this bias below what rounding hides; conv1's is larger.
  expect(worst(biasless)).toBeLessThan(1)
  expect(worst(await ask({ site: 0, channel: 0 }))).toBeGreaterThan(1)
  const betaless = await ask({ site: 2, channel: 7, mistakes: ["beta lost"] })
  expect(betaless.foldedBias).toBeCloseTo((b - m / n) * alpha, 6)
  expect(worst(betaless)).toBeGreaterThan(1)
  const right = await ask({ mistakes: [] })
  expect(right.foldedBias).toBe(Math.fround((b - m / n) * alpha + beta))
  expect(worst(right)).toBeLessThanOrEqual(1)
  expect(String(stepper)).toContain("within the bound on all 9 probes")
})

test("the bound does not move with the mistake", async () => {
  const { ask } = stepperOnWire(await digits())
  const bounds = async (eps: number | null) => (await ask({ eps })).outputs!
  const [right, wrong] = [await bounds(null), await bounds(10)]
  expect(floats(wrong.original)).toEqual(floats(right.original))
  // |z - z'| / ratio is the bound at each place.
  const boundsAt = ({ original, folded, ratios }: typeof right) => {
    const [x, y, r] = [floats(original), floats(folded), floats(ratios)]
    return Array.from(x, (value, i) => Math.abs(value - y[i]!) / r[i]!)
  }
  const [a, b] = [boundsAt(right), boundsAt(wrong)]
  let compared = 0
  a.forEach((bound, i) => {
    if (!Number.isFinite(bound) || !Number.isFinite(b[i]!)) return
    compared++
    expect(b[i]! / bound).toBeCloseTo(1, 5)
  })
  expect(compared).toBeGreaterThan(100)
})

test("the reader's own input is a probe, and the outputs are those of the whole net", async () => {
  const net = await digits()
  const images = digitImages()
  const { stepper, ask } = stepperOnWire(net, { input: images, layer: "conv2" })
  expect(stepper.widget.get("probes")[0]).toBe("yours")
  const first = { shape: [1, 1, 28, 28], data: images.data.slice(0, 784) }
  const { tops } = await forward(net, { data: first }, { all: true })
  for (const [site, layer, size] of [
    [0, "conv1/scale", 784],
    [1, "conv2/scale", 196],
    [2, "conv3/scale", 49],
  ] as const) {
    const { outputs } = await ask({ site, channel: 3 })
    const whole = tops.find((top) => top.layer === layer)!.blob.data
    expect(floats(outputs!.original), layer).toEqual(whole.slice(3 * size, 4 * size))
    expect(outputs!.rows * outputs!.columns).toBe(size)
  }
})

test("of many wishes in a row the last one is computed, and the page's values are never sent back", async () => {
  const { stepper, receive, wire } = stepperOnWire(await digits())
  await stepper.settled()
  wire.sent.length = 0
  for (let i = 1; i <= 100; i++) await receive({ state: { channel: i % 12, eps: i / 100, revision: i } })
  await stepper.settled()
  const updates = wire.sent.filter(({ method }) => method === "update")
  expect(updates.length).toBeLessThan(100)
  expect(updates.every(({ state }) => Object.keys(state).join() === "result")).toBe(true)
  const result = stepper.widget.get("result")!
  expect([result.revision, result.channel, result.eps]).toEqual([100, 4, 1])
})

test("a wish for what is there already is answered", async () => {
  const { ask } = stepperOnWire(await digits())
  expect((await ask({ channel: 0, eps: null })).revision).toBe(1)
})

test("a channel that the chosen place does not have becomes its last one, and the page is told", async () => {
  const { stepper, wire } = stepperOnWire(await digits(), { layer: "conv3", channel: 31 })
  await stepper.settled()
  stepper.widget.set("site", 0)
  await stepper.settled()
  expect([stepper.widget.get("channel"), stepper.widget.get("result")!.channel]).toEqual([11, 11])
  expect(wire.sent.some(({ state }) => state.channel === 11)).toBe(true)
})

test("outputs beyond float32 are no evidence against the fold", async () => {
  const net = withBlobs(randomNet(nets["a convolution"]!), "sc", ([gain, bias]) => [
    { ...gain!, data: gain!.data.map(() => 1e36) },
    bias!,
  ])
  const result = await stepperOnWire(net).ask({})
  expect(floats(result.outputs!.original).some((z) => !Number.isFinite(z))).toBe(true)
  expect(Math.max(...result.probes.map(({ ratio }) => ratio))).toBeLessThanOrEqual(1)
})

test("where nothing varies and eps is 0 it says why nothing was folded", async () => {
  const net = withBlobs(randomNet(nets["a convolution"]!), "bn", ([mean, variance, factor]) => [
    mean!,
    { ...variance!, data: new Float32Array(variance!.data.length) },
    factor!,
  ])
  const { ask } = stepperOnWire(net)
  const result = await ask({ eps: 0 })
  expect(result.refused).toBe("variance plus eps is not positive in channel 0")
  expect([result.outputs, result.probes]).toEqual([null, []])
})

test("what else the fold does is said, not shown", async () => {
  const net = randomNet(
    [
      image,
      conv("c", "data", "c"),
      bn("bn", "c"),
      relu("r", "c", "r"),
      bn("bn2", "r", "s"),
      conv("d", "s", "d"),
    ].join("\n"),
  )
  const { stepper } = stepperOnWire(net)
  expect(stepper.widget.get("sites").map((site) => site.layer)).toEqual(["c"])
  expect(stepper.widget.get("others")).toEqual([
    expect.stringMatching(/^bn2 \(BatchNorm\): partly folded into d, bn2; /),
  ])
})

test("where no widget can be shown the fold's report is a table", async () => {
  await import("../../src/figures/index.js")
  const { stepper } = stepperOnWire(await digits())
  const bundle: Record<string, unknown> = await stepper[displaySymbol]()
  expect(Object.keys(bundle)).toEqual(["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"])
  expect(bundle["text/html"]).toContain("conv2/bn")
  expect(bundle["text/plain"]).toMatch(
    /^Fold stepper of digits: 3 places; conv1 channel 0: alpha [\d.-]+, within the bound/,
  )
})

test("what cannot be stepped through is refused", async () => {
  const net = await digits()
  stepperOnWire(net)
  expect(() => foldStepper(net, { layer: "conv9" })).toThrow("no batch norm to fold there: conv9")
  expect(() => foldStepper(net, { channel: 12 })).toThrow("no such channel: 12 of 12 in conv1")
  const data = makeValue("data")
  const bare = new Net({
    name: "bare",
    layers: [
      {
        name: "data",
        type: "Input",
        bottoms: [],
        tops: [data],
        message: { input_param: { shape: [{ dim: [1] }] } },
        blobs: [],
      },
    ],
  })
  expect(() => foldStepper(bare)).toThrow("no batch norm to fold: bare")
})

test.runIf(isWhole)("every place of open_nsfw is folded within the bound of its rounding", async () => {
  const of = readCase("models", "open_nsfw")
  const { stepper, ask } = stepperOnWire(await loadNet(of.prototxt, of.caffemodel))
  const sites = stepper.widget.get("sites")
  expect(sites.length).toBeGreaterThan(40)
  for (const site of [0, 17, sites.length - 1]) {
    const result = await ask({ site, channel: sites[site]!.channels - 1 })
    expect(Math.max(...result.probes.map(({ ratio }) => ratio))).toBeLessThanOrEqual(1)
  }
})
