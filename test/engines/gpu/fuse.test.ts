import { describe, expect, it } from "vitest"
import { parseNet } from "../../../src/caffe/index.js"
import { type Program, programOf } from "../../../src/engines/gpu/program.js"
import { channelAt } from "../../../src/layers/gpu-kernel.js"
import { callsOf, MAX_ARRAYS } from "../../../src/layers/index.js"
import type { Net } from "../../../src/net/index.js"
import { randomNet } from "../../transforms/random-net.js"
import { checkFused, type Fused } from "./check-fused.js"
import { runChild, webgpuEnvironment } from "./child.js"
import { randomChains } from "./random-chains.js"

const seeds = Array.from({ length: 40 }, (_, seed) => seed)

describe.each(["webasm", "cpu"] as const)("fused plans on %s", (backend) => {
  it.each(seeds)("random net %i is within its layers' bounds, carried from one to the next", async (seed) => {
    const checked = await checkFused(seed, backend)
    expect(checked.backend).toBe(backend)
    expect(checked.ratio).toBeLessThanOrEqual(1)
    expect(checked.steps).toBeLessThanOrEqual(checked.all)
  })
})

describe("fused plans on webgpu", () => {
  const env = webgpuEnvironment()
  const some = `
    import { checkFused } from "./check-fused.js"
    const checked = []
    for (let seed = 0; seed < 12; seed++) checked.push(await checkFused(seed, "webgpu"))
    console.log(JSON.stringify(checked))`

  it.runIf(env)("random nets are within their layers' bounds and WGSL's allowance", async () => {
    const checked = (await runChild(some, env)) as Fused[]
    expect(checked.length).toBe(12)
    expect(checked.filter(({ backend, ratio }) => backend !== "webgpu" || !(ratio <= 1))).toEqual([])
  })
})

const data = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 4 dim: 6 dim: 6 } } }`
const conv = (name: string, bottom: string) =>
  `layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${name}" convolution_param { num_output: 4 kernel_size: 1 } }`
const inPlace = (type: string, blob: string, name = `${blob} ${type}`) =>
  `layer { name: "${name}" type: "${type}" bottom: "${blob}" top: "${blob}" }`

const netOf = (...layers: string[]) => randomNet([data, ...layers].join("\n"))
const outputsOf = (net: Net) => programOf(callsOf(net), net.outputs)
const shown = ({ steps }: Program) =>
  steps.map(({ layer, fused = [] }) => [layer, ...fused].map(({ name }) => name).join(" + "))

describe("what is fused", () => {
  const residual = netOf(
    conv("left", "data"),
    conv("right", "left"),
    inPlace("BatchNorm", "right"),
    inPlace("Scale", "right"),
    `layer { name: "sum" type: "Eltwise" bottom: "left" bottom: "right" top: "sum" }`,
    inPlace("PReLU", "sum"),
  )

  it("is a convolution, its BatchNorm and Scale, the sum with another branch and the slope", () => {
    expect(shown(outputsOf(residual))).toEqual([
      "left",
      "right + right BatchNorm + right Scale + sum + sum PReLU",
    ])
  })

  it("is nothing where every value is wanted", () => {
    const { steps } = programOf(callsOf(residual), residual.values)
    expect(steps.map(({ layer }) => layer.name)).toEqual(residual.layers.slice(1).map(({ name }) => name))
    expect(steps.flatMap(({ fused = [] }) => fused)).toEqual([])
  })

  it("ends at a value that is wanted", () => {
    const scaled = residual.layer("right Scale").tops[0]!
    const program = programOf(callsOf(residual), [scaled, ...residual.outputs])
    expect(shown(program)).toEqual(["left", "right + right BatchNorm + right Scale", "sum + sum PReLU"])
  })

  it("ends at a value with two readers", () => {
    const net = netOf(
      conv("conv", "data"),
      `layer { name: "relu" type: "ReLU" bottom: "conv" top: "relu" }`,
      `layer { name: "tanh" type: "TanH" bottom: "conv" top: "tanh" }`,
    )
    expect(shown(outputsOf(net))).toEqual(["conv", "relu", "tanh"])
  })

  it("goes on through layers that are no step", () => {
    const net = netOf(conv("conv", "data"), inPlace("Dropout", "conv"), inPlace("ReLU", "conv"))
    expect(shown(outputsOf(net))).toEqual(["conv + conv ReLU"])
  })

  it("is a value squared by a product of it with itself", () => {
    const net = netOf(
      conv("conv", "data"),
      `layer { name: "square" type: "Eltwise" bottom: "conv" bottom: "conv" top: "square" eltwise_param { operation: PROD } }`,
    )
    expect(shown(outputsOf(net))).toEqual(["conv + square"])
  })

  it("is not what depends on the whole batch", () => {
    const net = netOf(
      conv("conv", "data"),
      `layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "norm" batch_norm_param { use_global_stats: false } }`,
    )
    expect(shown(outputsOf(net))).toEqual(["conv", "norm", "norm", "norm"])
  })

  it("never makes a kernel read more arrays than WebGPU promises", () => {
    const branches = Array.from({ length: 9 }, (_, i) => conv(`c${i}`, "data"))
    const sums = Array.from({ length: 8 }, (_, i) => {
      const left = i === 0 ? "c0" : `s${i - 1}`
      return `layer { name: "s${i}" type: "Eltwise" bottom: "${left}" bottom: "c${i + 1}" top: "s${i}" }`
    })
    const programs = [netOf(...branches, ...sums), ...seeds.map(randomChains)].map(outputsOf)
    for (const { steps } of programs)
      for (const { args } of steps) expect(Object.keys(args).length).toBeLessThanOrEqual(MAX_ARRAYS)
  })

  it("leaves fewer steps than layers, paddings counted", () => {
    const nets = seeds.map(randomChains)
    const steps = nets.map((net) => outputsOf(net).steps.length)
    const layers = nets.map((net) => net.layers.length - 1)
    const sum = (of: readonly number[]) => of.reduce((total, n) => total + n, 0)
    expect(sum(steps)).toBeLessThan(0.75 * sum(layers))
  })

  it("refuses a layer by name as before", () => {
    const net = parseNet(`${data} ${conv("conv", "data")} ${inPlace("ReLU", "conv")}`)
    expect(() => outputsOf(net)).toThrow("no weights loaded: layer conv")
  })
})

describe("the channel of a thread", () => {
  const place = (expression: string) =>
    new Function("x", "y", "z", `return ${expression}`) as (x: number, y: number, z: number) => number

  it.each([
    { output: [5, 4, 3], around: { inner: 5, channels: 4, outer: 3 } },
    { output: [60], around: { inner: 5, channels: 4, outer: 3 } },
    { output: [5, 2, 6], around: { inner: 5, channels: 4, outer: 3 } },
    { output: [5, 4, 12], around: { inner: 20, channels: 4, outer: 3 } },
    { output: [4, 3], around: { inner: 1, channels: 4, outer: 3 } },
    { output: [2, 6], around: { inner: 1, channels: 4, outer: 3 } },
    { output: [10, 2, 3], around: { inner: 5, channels: 4, outer: 3 } },
    { output: [5, 4, 3], around: { inner: 1, channels: 60, outer: 1 } },
    { output: [5, 4, 3], around: { inner: 60, channels: 1, outer: 1 } },
  ])("of $output, seen as $around, counts through the blob", ({ output, around }) => {
    const channel = place(channelAt(output, around)!)
    const [width = 1, height = 1, depth = 1] = output
    for (let i = 0; i < width * height * depth; i++) {
      const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))]
      expect(channel(x!, y!, z!)).toBe(Math.floor(i / around.inner) % around.channels)
    }
  })

  it("is not told where the extents cut across it", () => {
    expect(channelAt([6, 10], { inner: 5, channels: 4, outer: 3 })).toBeUndefined()
  })
})
