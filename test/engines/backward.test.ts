import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/load-net.js"
import { backward, forward, TrainingPass } from "../../src/engines/index.js"
import type { Blob } from "../../src/net/index.js"
import { setStopCheck } from "../../src/stop.js"
import { randomBlob } from "../layers/run-layer.js"
import { withRandomWeights } from "../oracle/random-weights.js"

const input = (name: string, ...dims: number[]) =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { dim: [${dims}] } } }`
const ip = (name: string, bottom: string, more = "", outputs = 3) =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${more} inner_product_param { num_output: ${outputs} } }`
const euclidean = (name: string, bottom: string, more = "") =>
  `layer { name: "${name}" type: "EuclideanLoss" bottom: "${bottom}" bottom: "t" top: "${name}" ${more} }`
const [x, t] = [randomBlob([2, 4], "x"), randomBlob([2, 3], "t")]
const head = [input("x", 2, 4), input("t", 2, 3)]

const netOf = (...layers: string[]) =>
  withRandomWeights(parseNet([...head, ...layers].join("\n"), { phase: "TRAIN" }))
const run = (...layers: string[]) => backward(netOf(...layers), { x, t })

const gradientOf = ({ gradients }: Awaited<ReturnType<typeof run>>, layer: string, index = 0) =>
  gradients.find((each) => each.layer === layer && each.index === index)!
const sum = (a: Float32Array, b: Float32Array) => a.map((v, i) => v + b[i]!)
const times = (a: Float32Array, by: number) => a.map((v) => v * by)
const zeros = (length: number) => new Float32Array(length)

describe("the loss", () => {
  test("is the weighted sum of all losses; each is named beside it, and gradients follow the weights", async () => {
    const one = await run(ip("a", "x"), euclidean("l", "a"))
    const two = await run(
      ip("a", "x"),
      euclidean("l", "a", "loss_weight: 0.5"),
      euclidean("m", "a", "loss_weight: 2"),
    )
    expect(two.losses).toEqual({ l: one.loss, m: one.loss })
    expect(two.loss).toBe(2.5 * one.loss)
    // Powers of two scale without rounding; their sum of two rounds.
    const [half, twice] = [0.5, 2].map((weight) =>
      run(ip("a", "x"), euclidean("l", "a", `loss_weight: ${weight}`)),
    )
    expect(gradientOf(await half!, "a", 1).data).toEqual(times(gradientOf(one, "a", 1).data, 0.5))
    expect((await twice!).inputDiffs.t!.data).toEqual(times(one.inputDiffs.t!.data, 2))
    expect(two.inputDiffs.t!.data).toEqual(
      sum(times(one.inputDiffs.t!.data, 0.5), times(one.inputDiffs.t!.data, 2)),
    )
  })

  test("may be any top that has a weight", async () => {
    const { loss, inputDiffs, outputs } = await run(
      `layer { name: "s" type: "Power" bottom: "x" top: "s" loss_weight: 3 power_param { scale: 2 } }`,
      `layer { name: "quiet" type: "Silence" bottom: "t" }`,
    )
    expect(loss).toBe(3 * outputs.s!.data.reduce((total, v) => total + v, 0))
    expect(inputDiffs.x!.data).toEqual(zeros(8).fill(6))
  })

  test("counts a blob that is a loss and is read on, once for each", async () => {
    const { inputDiffs } = await run(
      `layer { name: "s" type: "Power" bottom: "x" top: "s" loss_weight: 1 }`,
      `layer { name: "r" type: "Power" bottom: "s" top: "r" loss_weight: 1 power_param { scale: 4 } }`,
    )
    expect(inputDiffs.x!.data).toEqual(zeros(8).fill(5))
  })

  test("needs one weight per top", async () => {
    await expect(run(ip("a", "x"), euclidean("l", "a", "loss_weight: 1 loss_weight: 2"))).rejects.toThrow(
      "one loss_weight per top: 2 for 1 in layer l",
    )
  })
})

describe("what diffs reach", () => {
  test("several readers of one blob: their diffs add up in the readers' order", async () => {
    const cut = "propagate_down: false"
    const diffs = ["", cut].flatMap((a) =>
      ["", cut].map(async (b) => {
        const result = await run(ip("a", "x", a), ip("b", "x", b), euclidean("l", "a"), euclidean("m", "b"))
        return result.inputDiffs.x?.data
      }),
    )
    const [both, first, second, none] = await Promise.all(diffs)
    expect(both).toEqual(sum(first!, second!))
    expect(none).toBeUndefined()
    const { inputDiffs } = await run(
      `layer { name: "e" type: "Eltwise" bottom: "t" bottom: "t" top: "e" eltwise_param { coeff: 3 coeff: -1 } loss_weight: 1 }`,
    )
    expect(inputDiffs.t!.data).toEqual(zeros(6).fill(2))
  })

  test("propagate_down: false ends the way; what lies below has zeros", async () => {
    const free = await run(ip("a", "x"), ip("b", "a"), euclidean("l", "b"))
    const cut = await run(ip("a", "x"), ip("b", "a", "propagate_down: false"), euclidean("l", "b"))
    expect(gradientOf(cut, "b")).toEqual(gradientOf(free, "b"))
    expect(gradientOf(cut, "a")).toMatchObject({ computed: false, data: zeros(12) })
    expect(Object.keys(cut.inputDiffs)).toEqual(["t"])
  })

  test("lr_mult: 0 skips a parameter and what lies below is still reached", async () => {
    const free = await run(ip("a", "x"), ip("b", "a"), euclidean("l", "b"))
    const still = await run(ip("a", "x"), ip("b", "a", "param { lr_mult: 0 }"), euclidean("l", "b"))
    expect(gradientOf(still, "b")).toMatchObject({ computed: false, data: zeros(9) })
    expect(gradientOf(still, "b", 1)).toEqual(gradientOf(free, "b", 1))
    expect(gradientOf(still, "a")).toEqual(gradientOf(free, "a"))
  })

  test("force_backward asks for all that can be had, lr_mult: 0 and propagate_down: false or not", async () => {
    const free = await run(ip("a", "x"), euclidean("l", "a"))
    const forced = await run(
      "force_backward: true",
      ip("a", "x", "param { lr_mult: 0 } propagate_down: false"),
      euclidean("l", "a"),
    )
    expect(forced.gradients).toEqual(free.gradients)
    expect(forced.inputDiffs).toEqual(free.inputDiffs)
  })

  test("layers that no loss depends on are left out, with or without a backward pass", async () => {
    const { gradients } = await run(
      ip("a", "x"),
      euclidean("l", "a"),
      ip("b", "a"),
      `layer { name: "most" type: "ArgMax" bottom: "b" top: "most" }`,
    )
    expect(gradients.map(({ layer, index, computed }) => [layer, index, computed])).toEqual([
      ["a", 0, true],
      ["a", 1, true],
      ["b", 0, false],
      ["b", 1, false],
    ])
  })

  test("a layer without a backward pass on the way is an error, as in Caffe", async () => {
    const step = `layer { name: "step" type: "Threshold" bottom: "a" top: "step" }`
    await expect(run(ip("a", "x"), step, euclidean("l", "step"))).rejects.toThrow(
      "layer has no backward pass: Threshold in layer step; propagate_down: false for its bottoms leaves it out",
    )
    // Nothing learns below this one.
    await expect(run(step.replace('"a"', '"t"'), euclidean("l", "step"))).resolves.toMatchObject({
      gradients: [],
    })
  })

  test("labels that are computed from parameters are an error, labels that are given have no diff", async () => {
    const labels = `layer { name: "one" type: "InnerProduct" bottom: "x" top: "one" inner_product_param { num_output: 1 } }`
    const loss = (label: string) =>
      `layer { name: "l" type: "SoftmaxWithLoss" bottom: "a" bottom: "${label}" top: "l" }`
    await expect(run(labels, ip("a", "x"), loss("one"))).rejects.toThrow(
      "cannot backpropagate to label inputs: one of SoftmaxWithLoss in layer l",
    )
    const net = withRandomWeights(
      parseNet([input("x", 2, 4), input("label", 2), ip("a", "x"), loss("label")].join("\n")),
    )
    const { inputDiffs } = await backward(net, { x, label: { shape: [2], data: Float32Array.of(0, 2) } })
    expect(Object.keys(inputDiffs)).toEqual(["x"])
  })
})

describe("a training pass", () => {
  const layers = [ip("a", "x"), `layer { name: "p" type: "PReLU" bottom: "a" top: "a" }`, euclidean("l", "a")]

  test("owns its parameters: what a solver does to them the next pass reads, and the net given stays as it was", async () => {
    const net = netOf(...layers)
    const before = net.layer("a").blobs[0]!.data.slice()
    const training = new TrainingPass(net)
    const first = await training.run({ x, t })
    for (const { data, diff } of training.parameters) data.set(data.map((v, i) => v - 0.01 * diff[i]!))
    expect((await training.run({ x, t })).loss).toBeLessThan(first.loss)
    expect(net.layer("a").blobs[0]!.data).toEqual(before)
    const after = training.snapshot()
    training.parameters[0]!.data.fill(0)
    expect((await forward(after, { x, t })).outputs.l!.data[0]).toBeLessThan(first.loss)
  })

  test("adds to the diffs until they are cleared", async () => {
    const training = new TrainingPass(netOf(...layers))
    await training.run({ x, t })
    const once = training.parameters.map(({ diff }) => diff.slice())
    await training.run({ x, t })
    expect(training.parameters.map(({ diff }) => diff)).toEqual(once.map((diff) => times(diff, 2)))
    training.clearDiffs()
    await training.run({ x, t })
    expect(training.parameters.map(({ diff }) => diff)).toEqual(once)
  })

  /** Two layers whose weights are one blob. */
  const sharing = (first: string, second: string) => {
    const net = withRandomWeights(
      parseNet([...head, ip("a", "x", first), ip("b", "x", second)].join("\n"), { phase: "TRAIN" }),
    )
    const owner = net.layer("a").blobs[0]!
    return net.with(
      net.layers.map((layer) => (layer.name === "b" ? { ...layer, blobs: [owner, layer.blobs[1]!] } : layer)),
    )
  }

  test("lists parameters that layers share by name once, with the multipliers that one of them states", () => {
    const net = sharing(
      'param { name: "w" lr_mult: 2 } param { decay_mult: 0 }',
      'param { name: "w" decay_mult: 3 }',
    )
    const { parameters } = new TrainingPass(net)
    expect(
      parameters.map(({ layer, index, lrMult, decayMult }) => [layer, index, lrMult, decayMult]),
    ).toEqual([
      ["a", 0, 2, 3],
      ["a", 1, 1, 0],
      ["b", 1, 1, 1],
    ])
  })

  test("refuses two multipliers for one parameter, as Caffe does", () => {
    const net = sharing('param { name: "w" lr_mult: 2 }', 'param { name: "w" lr_mult: 1 }')
    expect(() => new TrainingPass(net)).toThrow("shared param has several lr_mult: w, 2 and 1")
  })

  test("drops the same values for the same seed, others for another, and those alone that forward dropped get no diff", async () => {
    const drop = `layer { name: "d" type: "Dropout" bottom: "x" top: "d" loss_weight: 1 }`
    const diffsAt = async (seed: number) => {
      const { inputDiffs, outputs } = await backward(netOf(drop), { x, t }, { seed })
      expect(inputDiffs.x!.data).toEqual(outputs.d!.data.map((y) => (y === 0 ? 0 : 2)))
      return inputDiffs.x!.data
    }
    const drawn = await Promise.all([1, 1, 2, 3].map(diffsAt))
    expect(drawn[1]).toEqual(drawn[0])
    expect(new Set(drawn.map(String)).size).toBe(3)
  })

  test("moves BatchNorm's averages in phase TRAIN alone", async () => {
    const norm = `layer { name: "n" type: "BatchNorm" bottom: "x" top: "n" loss_weight: 1 }`
    for (const phase of ["TRAIN", "TEST"] as const) {
      const net = withRandomWeights(parseNet([...head, norm].join("\n"), { phase }))
      const training = new TrainingPass(net)
      await training.run({ x, t })
      const moved = training.parameters.map(
        ({ data, index }) => String(data) !== String(net.layer("n").blobs[index]!.data),
      )
      expect(moved).toEqual(new Array(3).fill(phase === "TRAIN"))
      expect(training.parameters.every(({ diff }) => diff.every((d) => d === 0))).toBe(true)
    }
  })

  test("says which input has another size, and which is missing", async () => {
    const training = new TrainingPass(netOf(...layers))
    const small: Blob = { shape: [1, 4], data: zeros(4) }
    await expect(training.run({ x: small, t })).rejects.toThrow("input has another size: x, 4 values for 2x4")
    await expect(training.run({ x })).rejects.toThrow("input not given: t")
  })

  test("can be stopped between two layers", async () => {
    const many = Array.from({ length: 40 }, (_, i) => ip(`a${i}`, i === 0 ? "x" : `a${i - 1}`, "", 400))
    const net = netOf(...many, `layer { name: "s" type: "Reduction" bottom: "a39" top: "s" loss_weight: 1 }`)
    setStopCheck(() => {
      throw new Error("stopped by the reader")
    })
    try {
      const training = new TrainingPass(net)
      const passes = async () => {
        for (;;) await training.run({ x, t })
      }
      await expect(passes()).rejects.toThrow("stopped by the reader")
    } finally {
      setStopCheck(() => {})
    }
  })
})

test("a net without a loss is refused: nothing would have a gradient", async () => {
  await expect(run(ip("a", "x"), `layer { name: "quiet" type: "Silence" bottom: "t" }`)).rejects.toThrow(
    "net has no loss; give a top a loss_weight, or load the phase that has one",
  )
})
