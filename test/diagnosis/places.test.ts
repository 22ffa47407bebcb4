import { describe, expect, test } from "vitest"
import type { Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { bn, conv, input, randomNet, relu, scale } from "../transforms/random-net.js"
import { alphaOf, block, bugsOf, merged, net } from "./nets.js"
import { formula, fromFiles, mergeScript, withData } from "./scripts.js"

/** The weights of one layer at other places: number i is the original's number source(i). */
function reordered(original: Net, name: string, source: (index: number) => number): Net {
  return withData(original, ({ name: own, blobs }) => {
    if (own !== name) return undefined
    const [weight, ...rest] = blobs.map(({ data }) => data)
    return [weight!.map((_, i) => weight![source(i)]!), ...rest]
  })
}

describe("weights in wrong places", () => {
  test("height and width of the kernels exchanged", async () => {
    const transposed = reordered(merged, "c2", (i) => i - (i % 9) + (i % 3) * 3 + Math.floor((i % 9) / 3))
    expect(await bugsOf(net, transposed)).toEqual([["kernels transposed", "c2"]])
    // Beside a fold.
    const both = reordered(merged, "c1", (i) => i - (i % 9) + (i % 3) * 3 + Math.floor((i % 9) / 3))
    expect(await bugsOf(net, both)).toEqual([["kernels transposed", "c1"]])
  })

  test("kernels turned by 180 degrees", async () => {
    expect(
      await bugsOf(
        net,
        reordered(merged, "c2", (i) => i - (i % 9) + 8 - (i % 9)),
      ),
    ).toEqual([["kernels turned by 180 degrees", "c2"]])
  })

  test("blue, green, red for red, green, blue", async () => {
    const swapped = reordered(merged, "c1", (i) => {
      const [o, c, tap] = [Math.floor(i / 27), Math.floor(i / 9) % 3, i % 9]
      return o * 27 + (2 - c) * 9 + tap
    })
    expect(await bugsOf(net, swapped)).toEqual([["input channels swapped", "c1"]])
  })

  test("an InnerProduct's matrix transposed, by its numbers and by its flag", async () => {
    const columns = net.layer("ip").blobs[0]!.shape[1]!
    const turned = reordered(merged, "ip", (i) => (i % 5) * columns + Math.floor(i / 5))
    expect(await bugsOf(net, turned)).toEqual([["weight matrix transposed", "ip"]])
    const back = reordered(merged, "ip", (i) => (i % columns) * 5 + Math.floor(i / columns))
    expect(await bugsOf(net, back)).toEqual([["weight matrix transposed", "ip"]])
    const flagged = merged.with(
      merged.layers.map((layer) => {
        if (layer.name !== "ip") return layer
        const { origin: _origin, ...rest } = layer
        const [weight, bias] = layer.blobs
        const message = { inner_product_param: { num_output: 5, transpose: true } }
        return { ...rest, message, blobs: [{ shape: [columns, 5], data: weight!.data }, bias!] }
      }),
    )
    expect(await bugsOf(net, flagged)).toEqual([["weight matrix transposed", "ip"]])
  })

  test("an InnerProduct's columns with the channels last", async () => {
    const pixels = net.layer("ip").blobs[0]!.shape[1]! / 4
    const last = reordered(merged, "ip", (i) => {
      const [row, at] = [Math.floor(i / (4 * pixels)), i % (4 * pixels)]
      return row * 4 * pixels + (at % 4) * pixels + Math.floor(at / 4)
    })
    expect(await bugsOf(net, last)).toEqual([["weights flattened channels last", "ip"]])
  })

  test("two layers exchanged", async () => {
    const three = randomNet(
      [
        ...block,
        conv("c2", "c1", "c2", "num_output: 4 kernel_size: 3 pad: 1"),
        relu("r2", "c2"),
        conv("c3", "c2", "c3", "num_output: 4 kernel_size: 3 pad: 1"),
      ].join("\n"),
    )
    const own = mergeScript(three, formula())
    const other: Record<string, string> = { c2: "c3", c3: "c2" }
    const exchanged = withData(own, ({ name }) =>
      other[name] ? own.layer(other[name]).blobs.map(({ data }) => data) : undefined,
    )
    expect(await bugsOf(three, exchanged)).toEqual([
      ["another layer's weights", "c2"],
      ["another layer's weights", "c3"],
    ])
  })

  test.each([
    ["folded over the wrong axis", 1],
    ["groups ignored in the fold", 2],
  ])("a Deconvolution: %s (%i groups)", async (bug, group) => {
    const deconvolution = `layer { name: "d" type: "Deconvolution" bottom: "data" top: "d"
      convolution_param { num_output: 4 kernel_size: 2 group: ${group} } }`
    const original = randomNet(
      [
        input("dim: 1 dim: 4 dim: 5 dim: 5"),
        deconvolution,
        bn("bn", "d"),
        scale("sc", "d"),
        relu("r", "d"),
      ].join("\n"),
    )
    const row = (original.layer("d").blobs[0]!.data.length / 4) | 0
    const good = foldBatchNorm(original).net
    const norm = original.layer("d").blobs[0]!.data
    const alphas = Float64Array.from({ length: 4 }, (_, c) => alphaOf(original, c))
    // [in, out / group, 2, 2]
    const wrong = withData(good, ({ name, blobs }) => {
      if (name !== "d") return undefined
      const channel = (i: number) => (group === 1 ? Math.floor(i / row) : Math.floor(i / 4) % 2)
      return [norm.map((w, i) => w * alphas[channel(i)]!), blobs[1]!.data]
    })
    expect(await bugsOf(original, fromFiles(good))).toEqual([])
    expect(await bugsOf(original, wrong)).toEqual([[bug, "d"]])
  })
})
