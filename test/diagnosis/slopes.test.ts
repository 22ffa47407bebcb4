import { describe, expect, test } from "vitest"
import { diagnose } from "../../src/diagnosis/index.js"
import { splitPRelu } from "../../src/transforms/index.js"
import { conv, image, randomNet, relu, withBlobs } from "../transforms/random-net.js"
import { bugsOf } from "./nets.js"
import { fromFiles, withData } from "./scripts.js"

describe("PReLU", () => {
  const text = [
    image,
    conv("c", "data", "c"),
    `layer { name: "p" type: "PReLU" bottom: "c" top: "c" }`,
    conv("d", "c", "d"),
  ]
  const original = withBlobs(randomNet(text.join("\n")), "p", ([slope]) => [
    { shape: slope!.shape, data: Float32Array.of(-0.5, 0.75, 1.25, 0.125) },
  ])
  const split = splitPRelu(original).net
  const slopes = (values: (a: number) => number) =>
    withData(split, ({ name, blobs }) =>
      name === "p_slope" ? [blobs[0]!.data.map((s) => values(-s))] : undefined,
    )

  test("split and right", async () => {
    expect(await bugsOf(original, fromFiles(split))).toEqual([])
  })

  test.each([
    ["slopes with the wrong sign", (a: number) => a],
    ["slopes lost", () => 0],
    ["slopes not loaded", () => -0.25],
    ["negative slopes clipped", (a: number) => -Math.max(a, 0)],
    ["size of the slopes taken", (a: number) => -Math.abs(a)],
    ["one slope for all channels", () => 0.5],
    ["activation lost", () => -1],
  ])("%s", async (bug, factor) => {
    const { findings } = await diagnose(original, slopes(factor))
    expect(findings.map((finding) => [finding.bug, finding.layer, finding.into])).toEqual([[bug, "p", "p"]])
    expect(findings[0]!.evidence).toMatch(/^channel \d: slope /)
  })

  test("a plain ReLU in its place", async () => {
    const plain = randomNet([text[0], text[1], relu("p", "c"), text[3]].join("\n"))
    const same = plain.with(
      plain.layers.map((layer) => ({
        ...layer,
        blobs: layer.type === "ReLU" ? [] : original.layer(layer.name).blobs,
      })),
    )
    expect(await bugsOf(original, same)).toEqual([["slopes lost", "p"]])
  })

  test("a shared slope in the first of four channels", async () => {
    const shared = withBlobs(
      randomNet(
        text
          .join("\n")
          .replace(
            `top: "c" }\nlayer { name: "d"`,
            `top: "c" prelu_param { channel_shared: true } }\nlayer { name: "d"`,
          ),
      ),
      "p",
      () => [{ shape: [], data: Float32Array.of(0.375) }],
    )
    const perChannel = withBlobs(
      fromFiles(original).with(
        original.layers.map((layer) => ({ ...layer, blobs: shared.layer(layer.name).blobs })),
      ),
      "p",
      () => [{ shape: [4], data: Float32Array.of(0.375, 0.25, 0.25, 0.25) }],
    )
    expect(await bugsOf(shared, perChannel)).toEqual([["shared slope in the first channel only", "p"]])
  })

  test("slopes of two layers exchanged", async () => {
    const two = randomNet(
      [...text, `layer { name: "q" type: "PReLU" bottom: "d" top: "d" }`, conv("e", "d", "e")].join("\n"),
    )
    const other: Record<string, string> = { p: "q", q: "p" }
    const exchanged = withData(two, ({ name }) =>
      other[name] ? two.layer(other[name]).blobs.map(({ data }) => data) : undefined,
    )
    expect(await bugsOf(two, exchanged)).toEqual([
      ["another layer's weights", "p"],
      ["another layer's weights", "q"],
    ])
  })
})
