import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { data, prelab, prelabJson } from "./prelab.js"

const net = [join(data, "digits.prototxt"), join(data, "digits.caffemodel")] as const
const images = `data=${join(data, "digits-100.npy")}`
const folder = mkdtempSync(join(tmpdir(), "prelab-onnx-"))

test("export writes an ONNX file and says what is in it", () => {
  const file = join(folder, "new", "digits.onnx")
  const report = prelabJson("export", ...net, file, "--shape", "data=5x1x28x28")
  expect(report).toMatchObject({
    file,
    opset: 17,
    nodes: 21,
    inputs: [{ name: "data", shape: [5, 1, 28, 28] }],
    outputs: [{ name: "prob", shape: [5, 10] }],
    bytes: readFileSync(file).length,
  })
  expect(readdirSync(join(folder, "new"))).toEqual(["digits.onnx"])
  expect(prelab("export", ...net, file).stdout).toMatch(
    /digits\.onnx: ONNX opset 17, 21 nodes, [\d,]+ bytes; data 1x1x28x28 → prob 1x10\n$/,
  )
})

test("export names every layer that ONNX has no nodes for, and leaves the old file", () => {
  const [training, file] = [join(folder, "training.prototxt"), join(folder, "training.onnx")]
  const drop = (name: string, bottom: string, top: string) =>
    `layer { name: "${name}" type: "Dropout" bottom: "${bottom}" top: "${top}" phase: TRAIN }\n`
  const input = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [4, 8] } } }\n`
  writeFileSync(training, input + drop("one", "x", "y") + drop("two", "y", "z"))
  writeFileSync(file, "old")
  // Weights that no layer has are no matter: the net needs none.
  const { status, stdout, stderr } = prelab("export", training, net[1], file, "--json")
  const refused = ["one", "two"].map((name) => `no ONNX nodes for phase: TRAIN in layer ${name}`)
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toEqual({ refused })
  expect(stderr).toBe(refused.map((line) => `prelab: ${line}\n`).join(""))
  expect(readFileSync(file, "utf8")).toBe("old")
})

test("forward --engine onnx and --engine auto compute, and say what ran and why", () => {
  const run = (engine: string) =>
    prelabJson("forward", ...net, "--input", images, "--out", join(folder, engine), "--engine", engine)
  const [onnx, auto] = ["onnx", "auto"].map(run) as Record<string, unknown>[] as [
    Record<string, unknown>,
    Record<string, unknown>,
  ]
  expect(onnx).toMatchObject({
    engine: "onnx",
    backend: expect.stringMatching(/^(cpu|wasm)$/),
    detail: expect.stringMatching(/^onnxruntime-(node|web) \d/),
  })
  expect(onnx.why).toBeUndefined()
  expect(auto.engine).not.toBe("reference")
  expect(auto.why).toMatch(/^auto took /)
  expect(["onnx", "auto"].every((engine) => existsSync(join(folder, engine, "prob.npy")))).toBe(true)
})

test("doctor says whether both builds of onnxruntime are there", () => {
  const { onnxruntime } = JSON.parse(prelab("doctor", "--json").stdout)
  expect(onnxruntime.map(({ backend }: { backend: string }) => backend)).toEqual(["cpu", "wasm"])
  expect(prelab("doctor").stdout).toMatch(/onnxruntime cpu \(optional\) +(onnxruntime-node \d|no: )/)
})
