import { mkdtempSync, readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { readNpy } from "../../src/formats/npy.js"
import { data, prelab, prelabJson } from "./prelab.js"

const net = [join(data, "digits.prototxt"), join(data, "digits.caffemodel")] as const
const images = `data=${join(data, "digits-100.npy")}`
const folder = mkdtempSync(join(tmpdir(), "prelab-cli-"))

test("show describes every layer", () => {
  const { layers } = prelabJson("show", ...net) as unknown as { layers: Record<string, unknown>[] }
  expect(layers[1]).toMatchObject({
    index: 1,
    name: "conv1",
    type: "Convolution",
    bottoms: ["data"],
    tops: ["conv1"],
    shapes: [[1, 12, 28, 28]],
    parameters: 12 * 9 + 12,
  })
  expect(prelab("show", ...net).stdout).toMatch(/conv1\/bn +BatchNorm +conv1 \(in place\)/)
})

test("slopes lists every channel", () => {
  const { layers } = prelabJson("slopes", ...net) as unknown as {
    layers: { layer: string; shared: boolean; slopes: number[] }[]
  }
  expect(layers.map(({ slopes }) => slopes.length)).toEqual([12, 24, 32])
  expect(layers.every(({ shared }) => shared === false)).toBe(true)
})

test("forward writes Caffe's own answer, and names what ran", () => {
  const out = join(folder, "forward")
  const { engine, backend, outputs } = prelabJson(
    "forward",
    ...net,
    "--input",
    images,
    "--out",
    out,
  ) as Record<string, unknown>
  expect({ engine, backend }).toEqual({ engine: "reference", backend: "typescript" })
  expect(outputs).toEqual([{ blob: "prob", shape: [100, 10], file: "prob.npy" }])
  const [mine, caffe] = [join(out, "prob.npy"), join(data, "digits-100-prob.npy")].map((file) =>
    readNpy(readFileSync(file)),
  )
  // Probabilities that two orders of summation agree on: the running bound of so deep a net says nothing.
  mine!.data.forEach((value, i) => {
    expect(Math.abs(value - caffe!.data[i]!)).toBeLessThan(2e-6)
  })
})

test("backward writes every gradient, those of layers without one as zeros, and says the loss", () => {
  const out = join(folder, "backward")
  const of = fileURLToPath(new URL("../oracle/cases/backward/bn_train_inplace/", import.meta.url))
  const inputs = ["data", "t"].map((blob) => `${blob}=${join(of, "data", `in_${blob}.npy`)}`)
  const given = [join(of, "net.prototxt"), join(of, "net.caffemodel"), "--input", ...inputs, "--out", out]
  const { loss, losses, gradients, ...report } = prelabJson("backward", ...given) as unknown as {
    loss: number
    losses: object
    gradients: { layer: string; index: number; computed: boolean; file: string }[]
    inputs: object[]
  }
  expect(losses).toEqual({ loss })
  expect(gradients.filter(({ computed }) => computed).map(({ file }) => file)).toEqual([
    "c_0.npy",
    "sc_0.npy",
    "sc_1.npy",
    "pr_0.npy",
  ])
  expect(gradients[0]).toEqual({ layer: "c", index: 0, shape: [4, 4, 1, 1], computed: true, file: "c_0.npy" })
  expect(report.inputs).toEqual([
    { blob: "data", shape: [3, 4, 5, 4], file: "data.diff.npy" },
    { blob: "t", shape: [3, 4, 5, 4], file: "t.diff.npy" },
  ])
  const read = (path: string) => readNpy(readFileSync(path)).data
  expect(read(join(out, "bn_1.npy"))).toEqual(new Float32Array(4))
  const [mine, caffe] = [join(out, "t.diff.npy"), join(of, "data", "din_t.npy")].map(read)
  expect(mine!.map(Math.sign)).toEqual(caffe!.map(Math.sign))
  expect(prelab("backward", ...given).stdout).toMatch(/^loss [0-9.]+\n\ngradient of/)
  expect(prelab("backward", ...given, "--seed", "x").stderr).toBe("prelab: seed must be a whole number: x\n")
})

test("forward --all writes one file a top, slashes in names replaced", () => {
  const out = join(folder, "all")
  prelabJson("forward", ...net, "--input", images, "--out", out, "--all")
  expect(readdirSync(out).sort().slice(0, 5)).toEqual([
    "000_data_data.npy",
    "001_conv1_conv1.npy",
    "002_conv1_bn_conv1.npy",
    "003_conv1_scale_conv1.npy",
    "004_prelu1_conv1.npy",
  ])
})

test("rewrite folds, proves and writes; compare agrees and notices a changed weight", () => {
  const out = join(folder, "folded")
  const { actions, verdict } = prelabJson("rewrite", ...net, out, "--fold-batch-norm") as unknown as {
    actions: { action: string; type: string; why: string }[]
    verdict: { equivalent: boolean }
  }
  expect(actions.filter(({ action, type }) => action === "folded" && type === "BatchNorm")).toHaveLength(3)
  expect(actions.every(({ why }) => why.length > 0)).toBe(true)
  expect(verdict.equivalent).toBe(true)
  const files = [`${out}.prototxt`, `${out}.caffemodel`]
  expect(readFileSync(files[0]!, "utf8")).not.toContain("BatchNorm")
  const same = prelab("compare", ...net, ...files, "--json")
  expect(same.status).toBe(0)
  expect(JSON.parse(same.stdout)).toMatchObject({
    equivalent: true,
    certificate: {},
    segments: {},
    endToEnd: {},
  })
  const other = prelab("compare", ...net, join(data, "digits.prototxt"), join(data, "digits.caffemodel"))
  expect(other.status).toBe(0)
}, 60_000)
