import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, test, vi } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { readArguments } from "../../src/cli/arguments.js"
import { rewrite } from "../../src/cli/rewrite.js"
import * as equivalence from "../../src/equivalence/index.js"
import { conv, image, randomNet, relu } from "../transforms/random-net.js"
import { data, prelab, prelabJson } from "./prelab.js"

const net = [join(data, "digits.prototxt"), join(data, "digits.caffemodel")] as const
const folder = () => mkdtempSync(join(tmpdir(), "prelab-rewrite-"))

interface Document {
  readonly actions: readonly {
    rewrite: string
    layer: string
    type: string
    action: string
    into?: string
    why: string
  }[]
  readonly verdict: { equivalent: boolean; certificate: { complete: boolean; proved: number } } | null
  readonly timings: Record<string, number>
  readonly files?: { prototxt: string; caffemodel: string }
}

const json = (...args: string[]) => prelabJson("rewrite", ...args) as unknown as Document

afterEach(() => vi.restoreAllMocks())

test("several rewrites at once, in the order that lets each work, with every action and the time of every stage", () => {
  const out = join(folder(), "net")
  const { actions, verdict, timings, files } = json(...net, out, "--split-prelu", "--fold-batch-norm")
  expect(verdict).toMatchObject({ equivalent: true, certificate: { complete: true } })
  expect(new Set(actions.map(({ rewrite }) => rewrite))).toEqual(new Set(["fold-batch-norm", "split-prelu"]))
  expect(actions[0]!.rewrite).toBe("fold-batch-norm")
  expect(actions.filter(({ action }) => action === "split")).toHaveLength(3)
  expect(actions.every(({ layer, why }) => layer.length > 0 && why.length > 0)).toBe(true)
  expect(Object.keys(timings)).toEqual(["load", "rewrite", "verify", "save"])
  expect(Object.values(timings).every((time) => time > 0)).toBe(true)
  const text = readFileSync(files!.prototxt, "utf8")
  expect(text).not.toMatch(/"(PReLU|BatchNorm)"/)
  expect(prelab("compare", ...net, files!.prototxt, files!.caffemodel).status).toBe(0)

  const back = join(folder(), "net")
  const joined = json(files!.prototxt, files!.caffemodel, back, "--join-prelu")
  expect(joined.verdict).toMatchObject({ equivalent: true, certificate: { complete: true } })
  expect(readFileSync(`${back}.prototxt`, "utf8").match(/"PReLU"/g)).toHaveLength(3)
  const slopes = (prototxt: string, weights: string) => {
    const { layers } = prelabJson("slopes", prototxt, weights) as unknown as {
      layers: { layer: string; slopes: number[] }[]
    }
    return layers.map(({ layer, slopes }) => ({ layer, slopes }))
  }
  expect(slopes(`${back}.prototxt`, `${back}.caffemodel`)).toEqual(slopes(...net))
}, 120_000)

test("the text names each rewrite, the verdict and the times", () => {
  const out = join(folder(), "net")
  const { stdout, status } = prelab(
    "rewrite",
    ...net,
    out,
    "--split-prelu",
    "--form",
    "group-convolution",
    "--no-verify",
  )
  expect(status).toBe(0)
  expect(stdout).toContain("Split PReLU: 3 layers split, none kept")
  expect(readFileSync(`${out}.prototxt`, "utf8").match(/"Power"/g)).toHaveLength(3)
  expect(stdout).toContain("not verified")
  expect(stdout).toMatch(/; load \d+ ms, rewrite \d+ ms, save \d+ ms\n$/)
})

test("a net for training is tidied and compared on what is left", async () => {
  const label = `layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }`
  const head = `layer { name: "ip" type: "InnerProduct" bottom: "c" top: "ip" inner_product_param { num_output: 5 } }`
  const loss = `layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`
  const dropout = `layer { name: "drop" type: "Dropout" bottom: "c" top: "c" }`
  const prelu = `layer { name: "p" type: "PReLU" bottom: "c" top: "c" }`
  const whole = randomNet([image, label, conv("c", "data", "c"), prelu, dropout, head, loss].join("\n"))
  const from = await saveNet(whole, join(folder(), "train"))
  const out = join(folder(), "deploy")
  const flags = ["--tidy", "--remove-dropout", "--split-prelu", "--output", "ip"]
  const { actions, verdict } = json(from.prototxt, from.caffemodel, out, ...flags)
  expect(verdict).toMatchObject({ equivalent: true, certificate: { complete: true, proved: 2 } })
  const done = actions.map(({ rewrite, layer, action }) => `${rewrite}: ${layer} ${action}`)
  expect(done).toEqual([
    "tidy: label removed",
    "tidy: loss removed",
    "remove-dropout: drop removed",
    "split-prelu: p split",
    "tidy: p_neg trimmed",
  ])
  const text = readFileSync(`${out}.prototxt`, "utf8")
  expect(text).not.toMatch(/lr_mult|filler|label|Dropout/)
  expect((await loadNet(`${out}.prototxt`, `${out}.caffemodel`)).outputs.map(({ blob }) => blob)).toEqual([
    "ip",
  ])
}, 60_000)

test("a verdict of no writes nothing, and leaves old files as they were", async () => {
  const place = folder()
  const other = randomNet([image, conv("c", "data", "c"), relu("r", "c")].join("\n"), 2)
  const real = equivalence.compareNets
  // What a wrong rewrite would be found to be.
  vi.spyOn(equivalence, "compareNets").mockImplementation(async () =>
    real(randomNet([image, conv("c", "data", "c"), relu("r", "c")].join("\n")), other),
  )
  for (const [from, to] of [
    [net[0], "net.prototxt"],
    [net[1], "net.caffemodel"],
  ] as const)
    copyFileSync(from, join(place, to))
  const before = ["net.prototxt", "net.caffemodel"].map((file) => readFileSync(join(place, file)))
  const answer = await rewrite.run(
    readArguments([...net, join(place, "net"), "--split-prelu"], rewrite.options!),
  )
  expect(answer!.status).toBe(1)
  expect(answer!.text).toContain("Not equivalent")
  expect(answer!.text).toMatch(/nothing written; load \d+ ms, rewrite \d+ ms, verify \d+ ms\n$/)
  expect(answer!.json).toMatchObject({ verdict: { equivalent: false } })
  expect(["net.prototxt", "net.caffemodel"].map((file) => readFileSync(join(place, file)))).toEqual(before)
  expect(readdirSync(place)).toHaveLength(2)
})

test("a layer that cannot run is named, and nothing is written", async () => {
  const place = folder()
  const mystery = `layer { name: "m" type: "Mystery" bottom: "c" top: "o" }`
  writeFileSync(join(place, "in.prototxt"), [image, conv("c", "data", "c"), mystery].join("\n"))
  const weights = await saveNet(
    randomNet([image, conv("c", "data", "c")].join("\n")),
    join(place, "in-weights"),
  )
  const files = readdirSync(place)
  const { status, stderr } = prelab(
    "rewrite",
    join(place, "in.prototxt"),
    weights.caffemodel,
    join(place, "out"),
    "--split-prelu",
  )
  expect(status).toBe(2)
  expect(stderr).toMatch(/^prelab: unsupported layer type: Mystery in layer m/)
  expect(readdirSync(place)).toEqual(files)
})

test("what makes no sense is refused in one line", () => {
  const refusal = (...args: string[]) => {
    const { status, stderr } = prelab("rewrite", ...net, "out", ...args)
    expect(status).toBe(2)
    return stderr
  }
  expect(refusal()).toBe(
    "prelab: no rewrite asked for: choose among the options; --tidy, --remove-dropout, --join-prelu, --fold-batch-norm, --split-prelu\n",
  )
  expect(refusal("--fold-batch-norm", "--form", "scale")).toBe(
    "prelab: option of a rewrite that was not asked for: --form; add --split-prelu\n",
  )
  expect(refusal("--split-prelu", "--form", "scal")).toContain("did you mean scale?")
  expect(refusal("--tidy", "--shape", "data=1xx3")).toBe(
    "prelab: shape must be BLOB=1x3x224x224: data=1xx3\n",
  )
  expect(refusal("--tidy", "--output", "probs")).toBe('prelab: no such blob: probs; did you mean "prob"?\n')
})
