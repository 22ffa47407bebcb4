import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { diagnose } from "../../src/diagnosis/index.js"
import { type Bounded, evaluateBounded } from "../../src/equivalence/evaluate.js"
import { callsOf } from "../../src/layers/index.js"
import type { Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { bn, conv, image, input, numbers, randomNet, relu, scale } from "../transforms/random-net.js"
import { alphaOf, bugsOf, merged, net, tail } from "./nets.js"
import { formula, fromFiles, mergeScript } from "./scripts.js"

describe("layers", () => {
  test("a BatchNorm and Scale dropped, the weights as they were", async () => {
    const bare = mergeScript(net, ({ b }) => ({ alpha: 1, bias: b }))
    expect(await bugsOf(net, bare)).toEqual([["dropped without folding", "bn1"]])
  })

  test("a BatchNorm left behind with mean 0 and variance 1", async () => {
    const left = randomNet(
      [
        image,
        conv("c1", "data", "c1"),
        bn("bn1", "c1", "n1", "eps: 0.001"),
        relu("r1", "n1"),
        ...tail.map((each) => each.replace('"c1"', '"n1"')),
      ].join("\n"),
    )
    const folded = foldBatchNorm(left).net
    const back = fromFiles(
      left.with(
        left.layers.map((layer) => {
          if (layer.type === "BatchNorm") {
            const unit = [0, 1, 1].map((value, i) => ({
              shape: layer.blobs[i]!.shape,
              data: layer.blobs[i]!.data.map(() => value),
            }))
            return { ...layer, blobs: unit }
          }
          return layer.name === "c1" ? { ...folded.layer("c1"), tops: layer.tops } : layer
        }),
      ),
    )
    const { findings } = await diagnose(left, back)
    expect(findings.map(({ bug, layer, into }) => [bug, layer, into])).toEqual([
      ["BatchNorm left behind", "bn1", "bn1"],
    ])
    expect(findings[0]!.evidence).toContain("eps 0.001")
    expect(findings[0]!.evidence).toContain((1 / Math.sqrt(1 + Math.fround(0.001))).toPrecision(9))
  })

  test("a fold across an activation that runs in place", async () => {
    for (const activation of [relu("r", "c"), `layer { name: "r" type: "PReLU" bottom: "c" top: "c" }`]) {
      const original = randomNet(
        [
          image,
          conv("c", "data", "c"),
          activation,
          bn("bn", "c"),
          scale("sc", "c"),
          conv("d", "c", "d"),
        ].join("\n"),
      )
      const across = mergeScript(original, formula(), { across: true })
      expect(await bugsOf(original, across)).toEqual([["folded across an activation", "bn"]])
    }
  })

  test("a fold across an activation, with another eps too", async () => {
    const original = randomNet(
      [
        image,
        conv("c", "data", "c"),
        relu("r", "c"),
        bn("bn", "c"),
        scale("sc", "c"),
        conv("d", "c", "d"),
      ].join("\n"),
    )
    const eps = formula({ alpha: ({ v, g }) => g / Math.sqrt(v + 1e-3) })
    expect(await bugsOf(original, mergeScript(original, eps, { across: true }))).toEqual([
      ["a hard-coded eps", "bn"],
      ["folded across an activation", "bn"],
    ])
  })

  test("a fold although another layer reads the raw output", async () => {
    const original = randomNet(
      [
        image,
        conv("c", "data", "c"),
        bn("bn", "c", "n"),
        scale("sc", "n"),
        `layer { name: "sum" type: "Eltwise" bottom: "n" bottom: "c" top: "s" }`,
      ].join("\n"),
    )
    const diagnosis = await diagnose(original, mergeScript(original, formula()))
    expect(diagnosis.findings.map(({ bug, layer, into }) => [bug, layer, into])).toEqual([
      ["folded although another layer reads the raw output", "bn", "c"],
    ])
    expect(diagnosis.findings[0]!.explanation).toContain("sum (Eltwise) reads what c makes before bn and sc")
    expect(diagnosis.findings[0]!.effect!.here.difference).toBeGreaterThan(0)
  })

  test.each([
    [0, []],
    [1, [["shift folded into a padded layer", "bn"]]],
  ])("a BatchNorm before a convolution that pads by %i", async (pad, expected) => {
    const original = randomNet(
      [
        image,
        bn("bn", "data", "n"),
        scale("sc", "n"),
        conv("c", "n", "c", `num_output: 4 kernel_size: 3 pad: ${pad}`),
      ].join("\n"),
    )
    const forward = foldedForward(original)
    expect(await bugsOf(original, forward)).toEqual(expected)
    if (pad === 0) return
    const { findings } = await diagnose(original, forward)
    expect(findings[0]!.explanation).toMatch(/^only border pixels differ/)
    // And so it is: of 7 x 6 pixels the inner ones agree to within the rounding bounds of both nets, b's own covering that its
    // weights were rounded once more; border pixels do not.
    const [mine, theirs] = [original, forward].map((each) => boundedOf(each, image7x6)) as [Bounded, Bounded]
    const beyond: boolean[] = []
    mine.data.forEach((value, i) => {
      const [y, x] = [Math.floor(i / 6) % 7, i % 6]
      const isBorder = y === 0 || y === 6 || x === 0 || x === 5
      const isFar = Math.abs(value - theirs.data[i]!) > mine.error[i]! + 2 * theirs.error[i]!
      if (isBorder) beyond.push(isFar)
      else expect(isFar).toBe(false)
    })
    expect(beyond).toContain(true)
  })

  test("weights that two layers share, scaled twice", async () => {
    const shared = `param { name: "w" } param { name: "b" }`
    const original = sharing(
      randomNet(
        [
          input("dim: 1 dim: 4 dim: 6 dim: 6"),
          conv("c", "data", "c", "num_output: 4 kernel_size: 3 pad: 1", shared),
          bn("bn", "c"),
          scale("sc", "c"),
          relu("r", "c"),
          conv("d", "c", "d", "num_output: 4 kernel_size: 3 pad: 1", shared),
          bn("bn2", "d"),
          scale("sc2", "d"),
        ].join("\n"),
      ),
    )
    const once = mergeScript(original, formula(), { only: ({ name }) => name === "c" })
    const half = sharing(once, "c")
    const twice = mergeScript(half, formula(), { only: ({ name }) => name === "d" })
    const bugs = await bugsOf(original, sharing(twice, "d"))
    expect(new Set(bugs.map(([bug]) => bug))).toEqual(new Set(["scaled twice"]))
    expect(bugs.map(([, layer]) => layer)).toEqual(["c", "d"])
  })

  test("a dropout that multiplies, removed", async () => {
    const original = randomNet(
      [
        image,
        conv("c", "data", "c"),
        bn("bn", "c"),
        scale("sc", "c"),
        `layer { name: "drop" type: "Dropout" bottom: "c" top: "c" dropout_param { dropout_ratio: 0.1 scale_train: false } }`,
        relu("r", "c"),
        conv("d", "c", "d"),
        `layer { name: "drop2" type: "Dropout" bottom: "d" top: "d" dropout_param { dropout_ratio: 0.2 scale_train: false } }`,
      ].join("\n"),
    )
    const plain = mergeScript(original, formula())
    const without = fromFiles(
      parseNet([image, conv("c", "data", "c"), relu("r", "c"), conv("d", "c", "d")].join("\n")).with(
        parseNet([image, conv("c", "data", "c"), relu("r", "c"), conv("d", "c", "d")].join("\n")).layers.map(
          (layer) => ({
            ...layer,
            blobs: plain.layer(layer.name).blobs,
          }),
        ),
      ),
    )
    expect(await bugsOf(original, without)).toEqual([
      ["dropout factor missing", "drop"],
      ["dropout factor missing", "drop2"],
    ])
  })

  test("a layer that is missing, one that was added, and other settings", async () => {
    const text = [image, conv("c1", "data", "c1"), ...tail].join("\n")
    const bare = parseNet(
      text.replace("kernel_size: 3 pad: 1", "kernel_size: 3 pad: 1 stride: 1 dilation: 1"),
    )
    const same = bare.with(bare.layers.map((layer) => ({ ...layer, blobs: merged.layer(layer.name).blobs })))
    expect(await bugsOf(net, same)).toEqual([["layer missing", "r1"]])
    expect(await bugsOf(same, merged)).toEqual([["layer added", "r1"]])
    const pooled = (kind: string) =>
      `layer { name: "p" type: "Pooling" bottom: "c1" top: "p" pooling_param { pool: ${kind} kernel_size: 2 stride: 2 } }`
    const max = randomNet([image, conv("c1", "data", "c1"), pooled("MAX")].join("\n"))
    const ave = randomNet([image, conv("c1", "data", "c1"), pooled("AVE")].join("\n"))
    expect(await bugsOf(max, ave)).toEqual([["other settings", "p"]])
  })
})

const image7x6 = new Float32Array(2 * 3 * 7 * 6).map(numbers(8))

/** The net's output for one image, and how far rounding can move it. */
function boundedOf(of: Net, data: Float32Array): Bounded {
  const calls = callsOf(of)
  const given = new Map([[of.inputs[0]!, data]])
  const layers = of.layers.filter(({ type }) => type !== "Input")
  return evaluateBounded(calls, layers, given, of.outputs, (layer, bottoms, tops, errors) => {
    const { type, call } = calls.calls.get(layer)!
    return type.bound(call, bottoms, tops, errors)
  }).get(of.outputs[0]!)!
}

/** Both layers hold one blob, the file's last word on it. */
function sharing(original: Net, from = "c"): Net {
  const { blobs } = original.layer(from)
  return original.with(
    original.layers.map((layer) => (["c", "d"].includes(layer.name) ? { ...layer, blobs } : layer)),
  )
}

/** The maps before a convolution in its weights and bias, padding or not. */
function foldedForward(original: Net): Net {
  const { blobs } = original.layer("c")
  const [mean, , factor] = original.layer("bn").blobs.map(({ data }) => data)
  const beta = original.layer("sc").blobs[1]!.data
  const [gain, shift] = [new Float64Array(3), new Float64Array(3)]
  for (let c = 0; c < 3; c++) {
    gain[c] = alphaOf(original, c)
    shift[c] = beta[c]! - (mean![c]! / factor![0]!) * gain[c]!
  }
  const bias = Float64Array.from(blobs[1]!.data)
  blobs[0]!.data.forEach((w, i) => {
    bias[Math.floor(i / 27)]! += w * shift[Math.floor(i / 9) % 3]!
  })
  const c = original.layer("c")
  const { origin: _origin, ...plain } = c
  const layers = original.layers.flatMap((layer) => {
    if (layer.name === "bn" || layer.name === "sc") return []
    if (layer !== c) return [layer]
    const weight = blobs[0]!.data.map((w, i) => w * gain[Math.floor(i / 9) % 3]!)
    return [
      {
        ...plain,
        bottoms: original.layer("bn").bottoms,
        blobs: [
          { shape: blobs[0]!.shape, data: weight },
          { shape: blobs[1]!.shape, data: Float32Array.from(bias) },
        ],
      },
    ]
  })
  return fromFiles(original.with(layers, { files: {} }))
}
