import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { diagnose } from "../../src/diagnosis/index.js"
import type { Layer, Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { bn, conv, image, randomNet, scale, withBlobs } from "../transforms/random-net.js"
import { block, bugsOf, merged, net } from "./nets.js"
import { digits, formula, fromFiles, mergeScript } from "./scripts.js"

describe("nothing wrong", () => {
  test("a right merge, from files", async () => {
    const diagnosis = await diagnose(net, merged)
    expect(diagnosis.equivalent).toBe(true)
    expect(diagnosis.findings).toEqual([])
    expect(String(diagnosis)).toMatch(/^Nothing went wrong: /)
  })

  test("the sample net and its fold", async () => {
    const own = await digits()
    expect(await bugsOf(own, fromFiles(foldBatchNorm(own).net))).toEqual([])
  })

  test("a right merge under other names, with Split layers and without in-place blobs", async () => {
    const renamed = parseNet(`
      layer { name: "input" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 7 dim: 6 } } }
      layer { name: "c1/mod" type: "Convolution" bottom: "data" top: "a"
              convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
      layer { name: "r1/mod" type: "ReLU" bottom: "a" top: "b" }
      layer { name: "b_split" type: "Split" bottom: "b" top: "b_0" }
      layer { name: "c2/mod" type: "Convolution" bottom: "b_0" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }
      layer { name: "r2/mod" type: "ReLU" bottom: "c" top: "d" }
      layer { name: "drop" type: "Dropout" bottom: "d" top: "e" }
      layer { name: "fc" type: "InnerProduct" bottom: "e" top: "scores" inner_product_param { num_output: 5 } }`)
    const from: Record<string, string> = { "c1/mod": "c1", "c2/mod": "c2", fc: "ip" }
    const filled = (source: Net) =>
      renamed.with(
        renamed.layers.map((layer) => ({
          ...layer,
          blobs: from[layer.name] ? source.layer(from[layer.name]!).blobs : [],
        })),
      )
    expect(await bugsOf(net, filled(merged))).toEqual([])
    const wrong = mergeScript(net, formula({ bias: ({ b, m, alpha }) => (b - m) * alpha }))
    expect(await bugsOf(net, filled(wrong))).toEqual([["Scale bias lost", "sc1"]])
  })

  test("BatchNorm and Scale merged into one Scale, where nothing is before them", async () => {
    const original = randomNet(
      [image, bn("bn", "data", "n"), scale("sc", "n"), conv("c", "n", "c")].join("\n"),
    )
    expect(
      await bugsOf(
        original,
        intoScale(original, (a, m, b) => b - a * m),
      ),
    ).toEqual([])
  })
})

/** BatchNorm and Scale as one Scale, the bias by this formula of alpha, mean and beta. */
function intoScale(original: Net, bias: (alpha: number, mean: number, beta: number) => number): Net {
  const [norm, own] = [original.layer("bn"), original.layer("sc")]
  const [mean, variance, factor] = norm.blobs.map(({ data }) => data) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const [g, beta] = own.blobs.map(({ data }) => data) as [Float32Array, Float32Array]
  const alpha = Float32Array.from(
    g,
    (each, c) => each / Math.sqrt(variance[c]! / factor[0]! + Math.fround(1e-5)),
  )
  const one: Layer = {
    ...own,
    bottoms: norm.bottoms,
    blobs: [
      { shape: [g.length], data: alpha },
      {
        shape: [g.length],
        data: beta.map((b, c) =>
          bias(g[c]! / Math.sqrt(variance[c]! / factor[0]! + Math.fround(1e-5)), mean[c]! / factor[0]!, b),
        ),
      },
    ],
  }
  const { origin: _origin, ...plain } = { ...one, bottoms: norm.bottoms }
  return fromFiles(
    original.with(
      original.layers.flatMap((layer) => (layer === norm ? [] : layer === own ? [plain] : [layer])),
      {
        files: {},
      },
    ),
  )
}

test("alpha in the bias of the merged Scale: a/std - a mean/std + b", async () => {
  const original = randomNet([image, bn("bn", "data", "n"), scale("sc", "n"), conv("c", "n", "c")].join("\n"))
  expect(
    await bugsOf(
      original,
      intoScale(original, (a, m, b) => a - a * m + b),
    ),
  ).toEqual([["alpha added to the bias", "bn"]])
})

test("an eps whose difference no float32 shows is none", async () => {
  const tiny = randomNet(
    [image, conv("c", "data", "c"), bn("bn", "c", "c", "eps: 1e-10"), scale("sc", "c")].join("\n"),
  )
  const other = formula({ alpha: ({ v, g }) => g / Math.sqrt(v + 1e-9) })
  expect(await bugsOf(tiny, mergeScript(tiny, other))).toEqual([])
})

test("where a layer type cannot run, the parameters alone decide", async () => {
  const text = [...block, `layer { name: "out" type: "SomebodysOwn" bottom: "c1" top: "out" }`].join("\n")
  const original = withBlobs(
    fromFiles(randomNet(block.join("\n"), 5)).with(
      parseNet(text).layers.map((layer) => ({
        ...layer,
        blobs: layer.type === "SomebodysOwn" ? [] : net.layer(layer.name).blobs,
      })),
    ),
    "out",
    () => [],
  )
  const right = await diagnose(original, mergeScript(original, formula()))
  expect(right.equivalent).toBe(true)
  expect(right.why).toMatch(/^parameters alone were compared, the nets cannot run: .*SomebodysOwn/)
  const bugs = await bugsOf(
    original,
    mergeScript(original, formula({ bias: ({ b, m, alpha }) => (b - m) * alpha })),
  )
  expect(bugs).toEqual([["Scale bias lost", "sc1"]])
})
