import { expect, test, vi } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import { callsOf } from "../../src/layers/index.js"
import { type Blob, count, type Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { playground } from "../../src/widgets/open-playground.js"
import { batchNormSteps, preluAt, preluSlopesAt } from "../../src/widgets/playground-maths.js"
import {
  type PlaygroundState,
  playgroundDefaults,
  samplePresets,
} from "../../src/widgets/playground-state.js"
import { playgroundCurves } from "../../src/widgets/playground-words.js"
import { numbers } from "../transforms/random-net.js"
import { onWire } from "./wire.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

/** What the layers of a net make of one input, each in Caffe's order of operations. */
function run(net: Net, input: Float32Array): Map<string, Float32Array> {
  const { calls } = callsOf(net)
  const made = new Map<string, Float32Array>()
  let data = [input]
  for (const layer of net.layers.slice(1)) {
    const { type, call } = calls.get(layer)!
    data = type.forward(call, data)
    made.set(layer.name, data[0]!)
  }
  return made
}

function withBlobs(net: Net, blobs: Readonly<Record<string, readonly number[][]>>): Net {
  const blob = (data: readonly number[], shape: readonly number[]): Blob => ({
    shape,
    data: Float32Array.from(data),
  })
  const { calls } = callsOf(net)
  return net.with(
    net.layers.map((layer) => {
      const known = calls.get(layer)!
      const shapes = known.type.blobShapes?.(known.call) ?? []
      return { ...layer, blobs: shapes.map((shape, i) => blob(blobs[layer.name]![i]!, shape)) }
    }),
  )
}

test("its PReLU is the layer's to the last bit, zeros with their sign and both derivatives included", () => {
  const next = numbers(3)
  const xs = Float32Array.from([0, -0, 1e-40, -1e-40, ...Array.from({ length: 400 }, () => 4 * next())])
  for (const slope of [0, 0.01, 0.25, 1, -1, 1.7, -0.3, 1e-30]) {
    const net = withBlobs(
      parseNet(`layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: ${xs.length} } } }
        layer { name: "prelu" type: "PReLU" bottom: "data" top: "y" }`),
      { prelu: [[slope]] },
    )
    const { type, call } = callsOf(net).calls.get(net.layer("prelu"))!
    const y = type.forward(call, [xs])[0]!
    xs.forEach((x, i) => void expect(preluAt(x, slope), `${slope} at ${x}`).toBe(y[i]))
    const pass = { bottoms: [xs], tops: [y], topDiffs: [new Float32Array(xs.length).fill(1)] }
    const diffs = type.backward!(call, { ...pass, propagateDown: [true], paramPropagateDown: [true] })
    xs.forEach((x, i) => void expect(preluSlopesAt(x, slope).byX, `at ${x}`).toBe(diffs.bottomDiffs[0]![i]))
    const sum = xs.reduce((total, x) => total + preluSlopesAt(x, slope).bySlope, 0)
    expect(diffs.blobDiffs![0]![0]).toBe(Math.fround(sum))
  }
})

const drawn = (seed: number): PlaygroundState => {
  const next = numbers(seed)
  return {
    ...playgroundDefaults,
    samples: Array.from({ length: 8 }, () => 3 * next()),
    weight: 2 * next(),
    bias: next(),
    eps: 10 ** (-3 + 3 * next()),
    factor: 500 * (1.01 + next()),
    gamma: 2 * next(),
    beta: next(),
  }
}

const states: readonly (readonly [string, PlaygroundState])[] = [
  ["healthy", { ...playgroundDefaults }],
  ["nearly dead", { ...playgroundDefaults, samples: [...samplePresets["nearly dead"]] }],
  ["dead", { ...playgroundDefaults, samples: [...samplePresets.dead] }],
  ["a factor of 0", { ...playgroundDefaults, factor: 0 }],
  ...Array.from({ length: 30 }, (_, seed) => [`drawn with seed ${seed}`, drawn(seed)] as const),
]

test.each(states)(
  "its batch norm is that of the layers and its fold that of foldBatchNorm, bit for bit: %s",
  (_, state) => {
    const steps = batchNormSteps(state)
    const { stored } = steps
    const net = withBlobs(
      parseNet(`layer { name: "data" type: "Input" top: "data" input_param { shape { dim: ${state.samples.length} dim: 1 dim: 1 dim: 1 } } }
      layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 1 kernel_size: 1 } }
      layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "bn" batch_norm_param { eps: ${state.eps} } }
      layer { name: "scale" type: "Scale" bottom: "bn" top: "scale" scale_param { bias_term: true } }`),
      {
        conv: [[state.weight], [state.bias]],
        bn: [[stored.mean], [stored.variance], [stored.factor]],
        scale: [[state.gamma], [state.beta]],
      },
    )
    const inputs = Float32Array.from(state.samples)
    const made = run(net, inputs)
    const folded = foldBatchNorm(net).net
    const [weight, bias] = folded.layer("conv").blobs
    expect([steps.weight, steps.bias]).toEqual([weight!.data[0], bias?.data[0] ?? 0])
    const after = run(folded, inputs).get("conv")!
    steps.samples.forEach(({ x, y, z, folded: z2, bound }, i) => {
      expect([x, y, z, z2]).toEqual([...["conv", "bn", "scale"].map((name) => made.get(name)![i]), after[i]])
      expect(Math.abs(z - z2)).toBeLessThanOrEqual(bound)
    })
    expect(count(net.layer("bn").blobs[0]!.shape)).toBe(1)
  },
)

test("its statistics of the samples are those that Caffe's layer computes of a batch", () => {
  const state = drawn(7)
  const { mean, variance, samples } = batchNormSteps(state)
  const net = withBlobs(
    parseNet(`layer { name: "data" type: "Input" top: "data" input_param { shape { dim: ${samples.length} dim: 1 } } }
      layer { name: "bn" type: "BatchNorm" bottom: "data" top: "bn" batch_norm_param { use_global_stats: false eps: 0 } }`),
    { bn: [[0], [0], [0]] },
  )
  const x = Float32Array.from(samples, (each) => each.x)
  const deviation = Math.fround(Math.sqrt(variance))
  expect([...run(net, x).get("bn")!]).toEqual(
    [...x].map((v) => Math.fround(Math.fround(v - mean) / deviation)),
  )
})

test("a wrong eps or a factor that is not divided by leaves the bound where the variance is tiny", () => {
  const state = { ...playgroundDefaults, samples: [...samplePresets["nearly dead"]] }
  for (const wrong of [{ foldEps: 1e-3 }, { foldEps: 2 ** -52 }, { factorIgnored: true }]) {
    const { samples } = batchNormSteps({ ...state, ...wrong })
    expect(Math.max(...samples.map(({ z, folded, bound }) => Math.abs(z - folded) / bound))).toBeGreaterThan(
      1000,
    )
  }
})

test("the kernel reads what the reader moves, hears of it, and moves it back", async () => {
  const { made, receive, wire } = onWire(() => playground({ slope: 0.1 }))
  const heard: unknown[] = []
  made.on("change:slope", (slope, before) => heard.push([slope, before]))
  await receive({ state: { slope: 0.4 } })
  expect([made.get("slope"), heard]).toEqual([0.4, [[0.4, 0.1]]])
  made.set("slope", 1)
  expect(wire.sent.at(-1)).toMatchObject({ method: "update", state: { slope: 1 } })
  expect(made.get("samples")).toEqual(samplePresets.healthy)
  expect(String(made)).toBe("Playground. PReLU with slope 1: y = max(-2, 0) + 1 min(-2, 0) = -2")
})

test("two playgrounds share no samples", () => {
  const first = onWire(() => playground()).made
  const second = onWire(() => playground()).made
  expect(first.get("samples")).not.toBe(second.get("samples"))
})

test("where no script runs both lessons are tables, and one line says what is set", async () => {
  const { made } = onWire(() => playground({ lesson: "batch-norm", slope: 0.5 }))
  const bundle: Record<string, unknown> = await made[displaySymbol]()
  expect(Object.keys(bundle)).toEqual(["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"])
  expect(bundle["text/html"]).toContain("<td>-3</td><td>-1.5</td><td>0.5</td><td>-3</td>")
  expect(bundle["text/html"]).toContain("folded w' u + b'")
  expect(bundle["text/plain"]).toMatch(
    /^Playground\. BatchNorm with mean 1\.1, variance 1\.0\d+, eps 0\.00001: alpha/,
  )
})

test("the open lesson is a picture too: PReLU's line, or the samples from layer to layer", () => {
  const [line, relu] = playgroundCurves({ ...playgroundDefaults, slope: -0.5 }).curves
  expect([line!.x, line!.y]).toEqual([
    [-3, -2, -1, 0, 1, 2, 3],
    [1.5, 1, 0.5, 0, 1, 2, 3],
  ])
  expect(relu!.y).toEqual([0, 0, 0, 0, 1, 2, 3])
  const { curves, axes } = playgroundCurves({ ...playgroundDefaults, lesson: "batch-norm" })
  expect(curves).toHaveLength(8)
  expect(curves.every(({ x }) => x.length === axes.rows!.length)).toBe(true)
})

test("what cannot be drawn is refused", () => {
  expect(() => playground({ slope: Number.NaN })).toThrow("playground needs finite numbers: slope NaN")
  expect(() => playground({ samples: [] })).toThrow("playground needs a sample")
  expect(() => playground({ eps: -1 })).toThrow("eps below 0: -1")
  expect(() => playground({ factor: -1 })).toThrow("moving-average factor below 0: -1")
  expect(() => playground({ lesson: "relu" as never })).toThrow("no such lesson: relu")
  expect(() => playground({ slop: 1 } as never)).toThrow("playground has no such value: slop")
})
