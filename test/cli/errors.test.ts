import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { data, prelab } from "./prelab.js"

const folder = mkdtempSync(join(tmpdir(), "prelab-cli-"))
const prototxt = join(data, "digits.prototxt")
const weights = join(data, "digits.caffemodel")

/** One line on stderr, nothing on stdout, exit status 2. */
function refusal(...args: string[]): string {
  const { status, stdout, stderr } = prelab(...args)
  expect(stdout).toBe("")
  expect(status).toBe(2)
  expect(stderr).toMatch(/^prelab: [^\n]+\n$/)
  return stderr
}

test("a missing file is named", () => {
  expect(refusal("show", join(folder, "nowhere.prototxt"))).toContain("no such file: ")
})

test("a truncated caffemodel is refused with the byte where it breaks off", () => {
  const cut = join(folder, "cut.caffemodel")
  writeFileSync(cut, readFileSync(weights).subarray(0, 20_000))
  expect(refusal("slopes", prototxt, cut)).toMatch(
    /truncated message: field 100 needs \d+ more bytes at byte \d+ \(.*cut\.caffemodel\)/,
  )
})

test("a syntax error has its file, line and column", () => {
  const bad = join(folder, "bad.prototxt")
  const lines = readFileSync(prototxt, "utf8").split("\n")
  lines[13] = "    shape { dim 1"
  writeFileSync(bad, lines.join("\n"))
  expect(refusal("show", bad)).toMatch(/: expected: 1 \(.*bad\.prototxt:14:17\)/)
})

test("weights of another shape are refused with both shapes", () => {
  const other = join(folder, "other.prototxt")
  writeFileSync(other, readFileSync(prototxt, "utf8").replace("num_output: 12", "num_output: 13"))
  expect(refusal("show", other, weights)).toContain(
    "shape mismatch: blob 0 of layer conv1 is 12x1x3x3 in the caffemodel, the prototxt needs 13x1x3x3",
  )
})

test("wrong usage is answered with the next step", () => {
  expect(refusal("shw", prototxt)).toBe('prelab: unknown command: shw; did you mean "show"?\n')
  expect(refusal("show", "--jsn", prototxt)).toBe("prelab: unknown option: --jsn; did you mean --json?\n")
  expect(refusal("show")).toBe("prelab: argument missing: NET\n")
  expect(refusal("forward", prototxt, weights, "--input", "data=x.npy")).toBe(
    "prelab: argument missing: --out DIR\n",
  )
  expect(refusal("forward", prototxt, weights, "--out", folder, "--engine", "gpi")).toContain(
    "did you mean gpu?",
  )
  const input = `dta=${join(data, "digits-100.npy")}`
  expect(refusal("forward", prototxt, weights, "--out", folder, "--input", input)).toBe(
    'prelab: no such input: dta; did you mean "data"?\n',
  )
})

test("a swapped pair of files is noticed", () => {
  expect(refusal("show", weights, prototxt)).toContain("are the two files swapped?")
})

test("what is still to come is refused by name, with exit status 1", () => {
  const { status, stderr } = prelab("import", "model.onnx")
  expect(status).toBe(1)
  expect(stderr).toBe("prelab: command not available yet: import (ONNX import)\n")
})

test("what lies before a layer that cannot run is computed, the layer named", () => {
  const prototxt = join(folder, "unknown.prototxt")
  writeFileSync(
    prototxt,
    `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [100, 1, 28, 28] } } }
     layer { name: "r" type: "ReLU" bottom: "data" top: "r" }
     layer { name: "c" type: "Convolutoin" bottom: "r" top: "c" }
     layer { name: "d" type: "ReLU" bottom: "c" top: "d" }`,
  )
  const out = join(folder, "blobs")
  const args = ["forward", prototxt, "--input", `data=${data}digits-100.npy`, "--out", out]
  const message = 'prelab: unsupported layer type: Convolutoin in layer c; did you mean "Convolution"?\n'
  const all = prelab(...args, "--all")
  expect(all).toMatchObject({ status: 1, stderr: message })
  expect(readdirSync(out).sort()).toEqual(["000_data_data.npy", "001_r_r.npy"])
  expect(prelab(...args)).toMatchObject({ status: 2, stderr: message })
})

test("a stack trace comes only with --debug", () => {
  copyFileSync(prototxt, join(folder, "copy.prototxt"))
  expect(prelab("show", join(folder, "none"), "--debug").stderr).toContain("\n    at ")
})
