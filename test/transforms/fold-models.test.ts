import { existsSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { compareNets } from "../../src/equivalence/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { generator } from "../engines/gpu/one-layer.js"
import { casesOf, isWhole, readCase } from "../oracle/case.js"
import { withRandomWeights } from "../oracle/random-weights.js"

const temporary = async () => join(await mkdtemp(join(tmpdir(), "prelab-fold-")), "net")

const foldable: ReadonlySet<string> = new Set(["BatchNorm", "BN", "Scale", "Bias", "Power"])

describe("Caffe's rewrites", () => {
  const cases = casesOf("rewrites")

  test.each(cases)(
    "%s: folded, written, and as Caffe's own answer has it, every piece proved",
    async (name) => {
      const of = readCase("rewrites", name)
      const { expect: expected } = of as unknown as { expect: { refuse?: boolean; partial?: boolean } }
      const net = await loadNet(of.prototxt, of.caffemodel)
      const { net: folded, report } = foldBatchNorm(net)
      const actions = report.actions.map(({ action }) => action)
      if (expected.refuse) expect(report.folded).toBe(0)
      else if (expected.partial) expect(new Set(actions)).toEqual(new Set(["partly folded"]))
      else if (!/^(prelu|dropout)/.test(name)) expect(new Set(actions)).toEqual(new Set(["folded"]))
      const files = await saveNet(folded, await temporary())
      const others = [folded, await loadNet(files.prototxt, files.caffemodel)]
      const answer = join(of.folder, "expected")
      if (existsSync(`${answer}.prototxt`))
        others.push(await loadNet(`${answer}.prototxt`, `${answer}.caffemodel`))
      for (const other of others) {
        const verdict = await compareNets(net, other)
        expect(verdict.equivalent, verdict.why).toBe(true)
        expect(verdict.certificate.complete, verdict.why).toBe(true)
      }
    },
  )

  test("are there", () => expect(cases.length).toBeGreaterThan(0))
})

if (isWhole)
  test("ENet: 85 of its BN layers fold, and the one behind a Concat becomes a Scale", async () => {
    const net = withRandomWeights(
      await loadNet(join(readCase("models", "enet").folder, "enet_deploy.prototxt")),
    )
    const { net: folded, report } = foldBatchNorm(net)
    const bns = report.actions.filter(({ type }) => type === "BN")
    expect(bns).toHaveLength(net.layers.filter(({ type }) => type === "BN").length)
    expect(bns.filter(({ action }) => action === "folded")).toHaveLength(bns.length - 1)
    expect(bns.filter(({ action }) => action !== "folded")).toEqual([
      {
        layer: "bn0_1",
        type: "BN",
        action: "merged",
        into: "bn0_1",
        why: "one Scale does the work of bn0_1; no Convolution or InnerProduct before it: it reads concat0_1 (Concat)",
      },
    ])
    expect(folded.layers.some(({ type }) => type === "BN")).toBe(false)
    const data = { shape: [1, 3, 32, 64], data: new Float32Array(3 * 32 * 64) }
    const random = generator("image")
    const verdict = await compareNets(net, folded, {
      report,
      inputs: { data: { ...data, data: data.data.map(() => 255 * random() - 128) } },
      seeds: [1],
    })
    expect(verdict.equivalent, verdict.why).toBe(true)
    expect(verdict.certificate).toMatchObject({ complete: true, proved: report.rules.length })
  }, 60_000)

if (isWhole)
  test("open_nsfw: everything folds, proved from its parameters", async () => {
    const of = readCase("models", "open_nsfw")
    const net = await loadNet(of.prototxt, of.caffemodel)
    const { net: folded, report } = foldBatchNorm(net)
    expect(report.folded).toBe(net.layers.filter(({ type }) => foldable.has(type)).length)
    expect(folded.layers.some(({ type }) => foldable.has(type))).toBe(false)
    // Every BatchNorm and Scale multiplies once a value.
    expect(report.savedMultiplications).toBeGreaterThan(1e7)
  })
