import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { forward } from "../../src/engines/index.js"
import { compareNets } from "../../src/equivalence/index.js"
import type { Net } from "../../src/net/index.js"
import { foldBatchNorm, removeDropout } from "../../src/transforms/index.js"
import { casesOf, inputsOf, readCase } from "../oracle/case.js"
import { expectSameBits, prelu } from "./bits.js"
import { bn, conv, image, numbers, randomNet, relu, withParameter } from "./random-net.js"

const dropout = (name: string, bottom: string, top = bottom, param = "dropout_ratio: 0.4", more = "") =>
  `layer { name: "${name}" type: "Dropout" bottom: "${bottom}" top: "${top}" ${more} dropout_param { ${param} } }`

/** caffe-fast-rcnn's: the factor 0.6 at TEST. */
const scaling = (name: string, bottom: string, top = bottom) =>
  dropout(name, bottom, top, "dropout_ratio: 0.4 scale_train: false")

/** ENet's: the factor 1 / 0.9. */
const spatial = (name: string, bottom: string, top = bottom, phase = "TEST") =>
  `layer { name: "${name}" type: "Python" bottom: "${bottom}" top: "${top}" python_param {
    module: "spatial_dropout" layer: "SpatialDropoutLayer" param_str: "{'phase': '${phase}', 'p': '0.1'}" } }`

const ip = (name: string, bottom: string, top: string, param = "num_output: 5") =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${top}" inner_product_param { ${param} } }`

const random = numbers(11)
const data = { shape: [2, 3, 7, 6], data: new Float32Array(252).map(() => 4 * random()) }

const types = ({ layers }: Net) => layers.map(({ type }) => type)

describe("a copy is removed, bit for bit", () => {
  const nets: Readonly<Record<string, readonly string[]>> = {
    "in place": [conv("c", "data", "c"), dropout("d", "c"), ip("e", "c", "e")],
    "not in place": [conv("c", "data", "c"), dropout("d", "c", "n"), ip("e", "n", "e")],
    "its top an output": [conv("c", "data", "c"), relu("r", "c"), dropout("d", "c", "out")],
    "on the input": [dropout("d", "data", "n"), ip("e", "n", "e")],
    "its bottom read elsewhere": [
      conv("c", "data", "c"),
      dropout("d", "c", "n"),
      `layer { name: "e" type: "Eltwise" bottom: "c" bottom: "n" top: "e" }`,
    ],
    "several readers, one in place": [
      conv("c", "data", "c"),
      dropout("d", "c", "n"),
      relu("r", "n", "m"),
      ip("e", "n", "e"),
    ],
    "two in a row": [conv("c", "data", "c"), dropout("d", "c"), dropout("d2", "c", "out")],
    "two of one name": [
      conv("c", "data", "c"),
      dropout("d", "c"),
      ip("e", "c", "e"),
      dropout("d", "e"),
      relu("r", "e"),
    ],
  }

  test.each(Object.entries(nets))("%s", async (_, layers) => {
    const net = randomNet([image, ...layers].join("\n"))
    const { net: removed, report } = removeDropout(net)
    expect(types(removed)).not.toContain("Dropout")
    expect(report.actions.every(({ action }) => action === "removed")).toBe(true)
    expect(report.actions[0]!.why).toBe("at TEST it copies its bottom")
    const path = join(await mkdtemp(join(tmpdir(), "prelab-")), "net")
    const files = await saveNet(removed, path)
    for (const other of [removed, await loadNet(files.prototxt, files.caffemodel)]) {
      expectSameBits(await forward(net, { data }), await forward(other, { data }))
      const verdict = await compareNets(net, other)
      expect(verdict.why).toContain("within their bounds")
      expect(verdict.certificate.complete).toBe(true)
    }
  })

  test("a copy whose removal would hide an output, or rename an input, stays", () => {
    const shared = [conv("c", "data", "c"), dropout("d", "c", "n"), relu("r", "c", "m")]
    expect(removeDropout(randomNet([image, ...shared].join("\n"))).report.actions).toEqual([
      {
        layer: "d",
        type: "Dropout",
        action: "kept",
        why: "its top n is an output of the net, and r (ReLU) reads the same value",
      },
    ])
    const input = removeDropout(randomNet([image, dropout("d", "data", "out")].join("\n"))).report
    expect(input.actions[0]!.why).toBe("its top out is an output of the net, and its bottom data an input")
    expect(String(input)).toBe("Remove Dropout: 1 kept")
  })

  test("in phase TRAIN it stays", () => {
    const net = randomNet([image, dropout("d", "data", "n"), ip("e", "n", "e")].join("\n"))
    const training = net.with(net.layers, { state: { phase: "TRAIN", level: 0, stages: [] } })
    const own = parseNet([image, dropout("d", "data", "n", "", "phase: TRAIN")].join("\n"))
    for (const of of [training, own])
      expect(removeDropout(of).report.actions[0]).toMatchObject({
        action: "kept",
        why: "in phase TRAIN it drops at random",
      })
    expect(types(removeDropout(training).net)).toEqual(types(training))
  })

  const cases = casesOf("rewrites").filter((name) => name.startsWith("dropout"))
  test.each(cases)("Caffe's %s", async (name) => {
    const of = readCase("rewrites", name)
    const net = await loadNet(of.prototxt, of.caffemodel)
    const { net: removed, report } = removeDropout(net)
    expect(report.kept).toBe(0)
    expect(types(removed)).not.toContain("Dropout")
    expectSameBits(await forward(net, inputsOf(of)), await forward(removed, inputsOf(of)))
  })
})

describe("a Dropout that multiplies", () => {
  const nets: readonly (readonly [name: string, layers: readonly string[], action: string, into: string])[] =
    [
      [
        "goes into the convolution before it",
        [conv("c", "data", "c"), scaling("d", "c"), relu("r", "c")],
        "folded",
        "c",
      ],
      [
        "goes into a convolution without bias",
        [
          conv("c", "data", "c", "num_output: 4 kernel_size: 3 bias_term: false"),
          spatial("d", "c", "n"),
          relu("r", "n"),
        ],
        "folded",
        "c",
      ],
      [
        "goes into the layer behind it",
        [conv("c", "data", "c"), relu("r", "c"), scaling("d", "c", "n"), ip("e", "n", "e")],
        "folded",
        "e",
      ],
      [
        "goes into a padded convolution behind it",
        [relu("r", "data", "c"), spatial("d", "c"), conv("e", "c", "e")],
        "folded",
        "e",
      ],
      [
        "goes into a deconvolution",
        [
          `layer { name: "c" type: "Deconvolution" bottom: "data" top: "c" convolution_param { num_output: 4 kernel_size: 2 stride: 2 } }`,
          spatial("d", "c"),
          relu("r", "c"),
        ],
        "folded",
        "c",
      ],
      [
        "becomes a Scale between others",
        [
          conv("c", "data", "c"),
          prelu("c"),
          scaling("d", "c"),
          `layer { name: "p" type: "Softmax" bottom: "c" top: "o" }`,
        ],
        "replaced",
        "d",
      ],
      [
        "becomes a Scale where the value before it is needed",
        [conv("c", "data", "c"), spatial("d", "c", "n"), relu("r", "c", "m")],
        "replaced",
        "d",
      ],
      [
        "becomes a Scale beside shared weights",
        [
          conv("c", "data", "c", undefined, `param { name: "w" }`),
          scaling("d", "c", "n"),
          conv("c2", "data", "m", undefined, `param { name: "w" }`),
        ],
        "replaced",
        "d",
      ],
    ]

  test.each(nets)("%s, and is proved", async (_, layers, action, into) => {
    const net = randomNet([image, ...layers].join("\n"))
    const { net: removed, report } = removeDropout(net)
    expect(report.actions[0]).toMatchObject({ layer: "d", action, into })
    expect(report.actions[0]!.why).toMatch(/^at TEST it multiplies by (0\.6|1\.111111)/)
    expect(types(removed)).not.toContain(net.layer("d").type)
    expect(removed.outputs.map(({ blob }) => blob)).toEqual(net.outputs.map(({ blob }) => blob))
    const verdict = await compareNets(net, removed)
    expect(verdict.why).toContain("within their bounds")
    expect(verdict.certificate).toMatchObject({ refuted: 0, measured: 0, complete: true })
    expect((await compareNets(removed, net)).certificate.complete).toBe(true)
    const blobs = removed.layers.filter((layer) => layer.name === into && layer.blobs.length > 0)
    for (const layer of blobs) {
      const broken = withParameter(removed, layer.name, 0, 1, 1.001)
      expect((await compareNets(net, broken)).equivalent).toBe(false)
    }
  })

  test("deleted without its factor is refuted: ENet's script forgot all but the first", async () => {
    const net = randomNet([image, conv("c", "data", "c"), spatial("d", "c"), relu("r", "c")].join("\n"))
    const without = randomNet([image, conv("c", "data", "c"), relu("r", "c")].join("\n"))
    const same = without.with(
      without.layers.map((layer) => (layer.name === "c" ? { ...layer, blobs: net.layer("c").blobs } : layer)),
    )
    const verdict = await compareNets(net, same)
    expect(verdict.equivalent).toBe(false)
  })

  test("behind a BatchNorm folds away with it", async () => {
    const net = randomNet(
      [image, conv("c", "data", "c"), bn("bn", "c"), spatial("d", "c"), relu("r", "c")].join("\n"),
    )
    const { net: folded } = foldBatchNorm(removeDropout(net).net)
    expect(types(folded)).toEqual(["Input", "Convolution", "ReLU"])
    const verdict = await compareNets(net, folded)
    expect(verdict.certificate).toMatchObject({ refuted: 0, complete: true })
    expect(verdict.equivalent).toBe(true)
  })

  test("that drops at random at TEST too stays, with the reason", () => {
    const net = randomNet([image, conv("c", "data", "c"), spatial("d", "c", "c", "TRAIN")].join("\n"))
    expect(removeDropout(net).report.actions[0]).toMatchObject({ action: "kept" })
    expect(removeDropout(net).report.actions[0]!.why).toContain("drops at random")
  })
})

test("nothing to do", () => {
  expect(String(removeDropout(randomNet(image)).report)).toBe("Remove Dropout: no Dropout in this net")
})
