import { describe, expect, test } from "vitest"
import { sharedValues } from "../../src/equivalence/correspond.js"
import { compareNets } from "../../src/equivalence/index.js"
import { cut } from "../../src/equivalence/pieces.js"
import { probesFor, thinned } from "../../src/equivalence/probes.js"
import { farthest, nudged } from "../../src/equivalence/rounding-floor.js"
import { callsOf } from "../../src/layers/index.js"
import type { Layer, Net, Value } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { bn, conv, image, input, numbers, randomNet, relu, scale } from "../transforms/random-net.js"
import { reloaded } from "./reload.js"

const residual = [
  image,
  conv("c", "data", "c"),
  bn("bn", "c"),
  relu("r", "c"),
  conv("d", "c", "d"),
  bn("bn2", "d"),
  scale("sc", "d"),
  `layer { name: "e" type: "Eltwise" bottom: "c" bottom: "d" top: "e" }`,
].join("\n")

function dataOf(net: Net): Map<Value, Float32Array> {
  const next = numbers(5)
  const { shapes } = callsOf(net)
  return new Map(
    net.inputs.map((value) => [
      value,
      new Float32Array(shapes.get(value)!.reduce((n, d) => n * d, 1)).map(next),
    ]),
  )
}

async function piecesOf(a: Net, b: Net) {
  return cut(a, b, await sharedValues(callsOf(a), callsOf(b), dataOf(a)))
}

const names = (layers: readonly Layer[]) => layers.map(({ name }) => name)

describe("both nets are cut at the values they share", () => {
  const net = randomNet(residual)
  const { net: folded } = foldBatchNorm(net)

  test.each([
    ["known by identity", net, folded],
    ["found by name", reloaded(net), reloaded(folded)],
  ])("%s", async (_, a, b) => {
    const pieces = await piecesOf(a, b)
    expect(pieces.map(({ layersA }) => names(layersA))).toEqual([
      ["c", "bn"],
      ["r"],
      ["d", "bn2", "sc"],
      ["e"],
    ])
    expect(pieces.map(({ layersB }) => names(layersB))).toEqual([["c"], ["r"], ["d"], ["e"]])
    expect(pieces.at(-1)!.bottoms.map(({ a: { blob } }) => blob)).toEqual(["c", "d"])
  })

  test("a rewritten convolution's own top, of the same name, is not one of them", async () => {
    const [a, b] = [reloaded(net), reloaded(folded)]
    const shared = await sharedValues(callsOf(a), callsOf(b), dataOf(a))
    const [before] = a.layer("c").tops
    const [after] = a.layer("bn").tops
    expect(shared.map((pair) => pair.a)).not.toContain(before)
    expect(shared.find((pair) => pair.a === after)!.b).toBe(b.layer("c").tops[0])
  })

  test("a difference stays in its own piece", async () => {
    const broken = folded.with(
      folded.layers.map((layer) => {
        if (layer.name !== "c") return layer
        const [weight, bias] = layer.blobs
        return { ...layer, blobs: [weight!, { shape: bias!.shape, data: bias!.data.map((v) => v + 1) }] }
      }),
    )
    const { segments } = await compareNets(net, broken)
    expect(segments.map(({ holds }) => holds)).toEqual([false, true, true, true])
  })
})

describe("the rounding bound", () => {
  const shapes: Readonly<Record<string, string>> = {
    "one weight per sum": [
      input("dim: 4 dim: 3 dim: 8 dim: 8"),
      conv("c", "data", "c", "num_output: 3 kernel_size: 1 group: 3"),
      bn("bn", "c"),
      scale("sc", "c"),
    ].join("\n"),
    "no bias at all": [
      input("dim: 4 dim: 3 dim: 8 dim: 8"),
      conv("c", "data", "c", "num_output: 3 kernel_size: 1 group: 3 bias_term: false"),
      scale("sc", "c", "c", ""),
    ].join("\n"),
    "an inner product": [
      input("dim: 9 dim: 4"),
      `layer { name: "c" type: "InnerProduct" bottom: "data" top: "c" inner_product_param { num_output: 6 transpose: true } }`,
      bn("bn", "c"),
    ].join("\n"),
  }

  test.each(Object.entries(shapes))(
    "is never crossed by a right fold, and never idle: %s",
    async (_, prototxt) => {
      let largest = 0
      for (let seed = 1; seed <= 20; seed++) {
        const net = randomNet(prototxt, seed)
        const verdict = await compareNets(net, foldBatchNorm(net).net, { seeds: [seed] })
        expect(verdict.why).toContain("within their bounds")
        expect(verdict.certificate.proved).toBe(1)
        largest = Math.max(largest, verdict.worst!.ratio)
      }
      expect(largest).toBeLessThanOrEqual(1)
      // Within a factor of the truth: a bound a hundred times too wide would hide faults.
      expect(largest).toBeGreaterThan(0.05)
    },
  )
})

describe("the probes", () => {
  const shape = { data: [2, 3, 5, 4] }

  test("are the same for the same seed, and others for another", () => {
    expect(probesFor(shape, false, 1)).toEqual(probesFor(shape, false, 1))
    expect(probesFor(shape, false, 1)[0]!.inputs).not.toEqual(probesFor(shape, false, 2)[0]!.inputs)
  })

  test("hold negatives, zeros, borders, single impulses, large and tiny numbers", () => {
    const probes = Object.fromEntries(
      probesFor(shape, false, 1).map(({ name, inputs }) => [name, inputs.data!.data]),
    )
    const sizes = (name: string) => [...probes[name]!].map(Math.abs)
    expect(Math.max(...probes.negative!)).toBeLessThanOrEqual(0)
    expect(sizes("zeros").every((v) => v === 0)).toBe(true)
    expect(Math.max(...sizes("large"))).toBeGreaterThan(1e5)
    expect(Math.max(...sizes("tiny"))).toBeLessThan(1e-4)
    for (let channel = 0; channel < 6; channel++) {
      expect(
        sizes("impulses")
          .slice(20 * channel, 20 * channel + 20)
          .filter((v) => v > 0),
      ).toHaveLength(1)
    }
    // 5 x 4: the six places inside are zero, the fourteen at the border are not.
    expect(sizes("borders").filter((v) => v > 0)).toHaveLength(6 * 14)
  })

  test("are two for a large net", () => {
    expect(probesFor(shape, true, 1).map(({ name }) => name)).toEqual(["image", "impulses"])
  })

  test("thinned out keep their signs", () => {
    const data = Float32Array.from({ length: 1000 }, (_, i) => i + 1)
    const thin = thinned(data, 16, 1)
    expect(thin.filter((v) => v !== 0).length).toBeLessThan(120)
    expect(thin.filter((v) => v !== 0).length).toBeGreaterThan(20)
    expect(thin.every((v, i) => v === 0 || v === data[i])).toBe(true)
  })
})

test("the rounding floor moves numbers by one step, and each seed by other steps", () => {
  const net = randomNet([image, conv("c", "data", "c")].join("\n"))
  const run = (seed: number) => nudged(callsOf(net), dataOf(net), net.outputs, seed).get(net.outputs[0]!)!
  // A second value of the same seed is the same; inputs come from one fixed generator.
  const given = dataOf(net)
  const once = nudged(callsOf(net), given, net.outputs, 1).get(net.outputs[0]!)!
  expect(run(1)).toEqual(once)
  const between = farthest(run(1), run(2))
  const largest = Math.max(...once.map(Math.abs))
  expect(between).toBeGreaterThan(0)
  expect(between).toBeLessThanOrEqual(2 * 2 ** -23 * largest)
})

describe("nets whose layers have other names", () => {
  const blocks = (n: number) =>
    Array.from({ length: n }, (_, i) => [
      conv(`c${i}`, i === 0 ? "data" : `v${i - 1}`, `v${i}`, "num_output: 3 kernel_size: 3 pad: 1"),
      bn(`bn${i}`, `v${i}`),
      relu(`r${i}`, `v${i}`),
    ])
  const prototxt = [image, ...blocks(6).flat()].join("\n")
  const renamed = (net: Net) =>
    net.with(
      net.layers.map(({ origin: _text, ...layer }) =>
        layer.type === "Input" ? layer : { ...layer, name: `other_${layer.name}` },
      ),
    )

  test("are cut where their values agree, and proved", async () => {
    const net = randomNet(prototxt)
    const verdict = await compareNets(reloaded(net), reloaded(renamed(foldBatchNorm(net).net)))
    expect(verdict.equivalent).toBe(true)
    expect(verdict.certificate).toMatchObject({ identical: 6, proved: 6, measured: 0 })
  })

  test("are not equivalent merely because the bound of a whole net holds everything", async () => {
    // Unlike all the way, so there is nothing to cut at; a bound carried through a dozen layers is wider than the values.
    const long = [image, ...blocks(12).flat()].join("\n")
    const [net, other] = [randomNet(long, 1), randomNet(long, 2)]
    const verdict = await compareNets(reloaded(net), reloaded(renamed(other)))
    expect(verdict.equivalent).toBe(false)
    expect(verdict.why).toMatch(
      /^undecided: 36 and 36 layers up to v11 have nothing in common, bound \S+ of the values$/,
    )
  })
})
