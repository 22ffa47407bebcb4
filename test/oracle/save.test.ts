import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { afterAll, describe, expect, test } from "vitest"
import { readCaffeModel } from "../../src/caffe/caffemodel.js"
import { type LoadOptions, loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { PrelabError } from "../../src/error.js"
import { callsOf } from "../../src/layers/index.js"
import type { Net } from "../../src/net/index.js"
import { casesOf, type OracleCase, readCase } from "./case.js"

const folder = mkdtempSync(join(tmpdir(), "prelab-save-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Prototxts that an untouched net does not come back with byte for byte, and why. */
const otherText: Readonly<Record<string, string>> = {
  "formats/v0": "upgraded",
  "formats/v1": "upgraded",
  "formats/v1_prototxt_v2_model": "upgraded",
  "formats/v1_shared": "upgraded",
  "formats/bad/bom": "Caffe refuses a byte order mark",
}

/** Caffemodels that it does not come back with byte for byte, and why. */
const otherModel: Readonly<Record<string, string>> = {
  "formats/double_data": "a net's values are float32",
  "formats/missing_layer_in_model": "the missing layer's constants are there",
  "formats/shared_model_disagrees": "layers that share a blob have the values that Caffe gives them",
  "formats/unpacked_floats": "values are packed",
  "formats/v0": "upgraded",
  "formats/v1": "upgraded",
  "formats/v2_prototxt_v1_model": "upgraded",
  "formats/with_diffs": "gradients are no part of a net",
}

/** The one whose values differ too; that the net's are kept is tested by loading. */
const otherValues = "formats/shared_model_disagrees"

/** What was true of the old files only. */
const isAboutFormat = (warning: string) => /^upgraded from|^no weights for| dropped: V0 layer /.test(warning)

/** Everything that a file says about a net; values by their place among all values. */
function contents(net: Net) {
  const { shapes, problems } = callsOf(net)
  const values = net.values
  const layers = net.layers.map(({ name, type, message, bottoms, tops, blobs, extra }) => ({
    name,
    type,
    message,
    wiring: [bottoms, tops].map((list) => list.map((value) => values.indexOf(value))),
    names: [bottoms, tops].map((list) => list.map((value) => value.blob)),
    shapes: tops.map((top) => shapes.get(top)),
    // Bit for bit, NaN and the sign of zero included.
    blobs: blobs.map(({ shape, data }) => [shape, digest(data)]),
    extra,
  }))
  const { name, message, state, warnings } = net
  return {
    name,
    message,
    state,
    layers,
    problems: [...problems.values()].map((problem) => problem.message),
    warnings: warnings.filter((warning) => !isAboutFormat(warning)),
  }
}

function digest(data: Float32Array): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex")
}

function optionsOf({ phase = "TEST", state }: OracleCase): LoadOptions {
  return { phase, level: state?.level ?? 0, stages: state?.stages ?? [] }
}

async function checkRoundTrip(of: OracleCase, name: string): Promise<void> {
  const options = optionsOf(of)
  const weights = existsSync(of.caffemodel) ? of.caffemodel : undefined
  const net = await loadNet(of.prototxt, weights, options).catch((error: unknown) => {
    // What must not load is tested elsewhere.
    if (error instanceof PrelabError && name.startsWith("formats/bad/")) return undefined
    throw error
  })
  if (net === undefined) return
  const first = await saveNet(net, join(folder, "first"))
  const [text, model] = [readFileSync(first.prototxt), readFileSync(first.caffemodel)]

  // A net without weights stays one: its caffemodel holds none.
  const again = await loadNet(first.prototxt, weights && first.caffemodel, options)
  expect(contents(again)).toEqual(contents(net))

  const second = await saveNet(net, join(folder, "second"))
  const third = await saveNet(again, join(folder, "third"))
  for (const files of [second, third]) {
    expect(readFileSync(files.prototxt).equals(text)).toBe(true)
    expect(readFileSync(files.caffemodel).equals(model)).toBe(true)
  }

  expect([name, text.equals(readFileSync(of.prototxt))]).toEqual([name, !Object.hasOwn(otherText, name)])
  if (weights === undefined) return
  const file = readFileSync(weights)
  const old = weights.endsWith(".gz") ? gunzipSync(file) : file
  expect([name, model.equals(old)]).toEqual([name, !Object.hasOwn(otherModel, name)])
  if (!model.equals(old) && name !== otherValues) expectSameWeights(old, model)
}

/** Where bytes differ, the layers of a file are all in the other one, with the same values; of several of a name the last. */
function expectSameWeights(old: Uint8Array, now: Uint8Array): void {
  const byName = (bytes: Uint8Array) =>
    new Map(readCaffeModel(bytes).layers.map((layer) => [layer.name, layer]))
  const saved = byName(now)
  for (const [name, { blobs, extra }] of byName(old)) {
    if (blobs.length === 0) continue
    const layer = saved.get(name)!
    expect(layer.blobs.map(({ data }) => digest(data))).toEqual(blobs.map(({ data }) => digest(data)))
    expect(layer.extra).toEqual(extra)
  }
}

const categories = ["layers", "formats", "formats/bad", "rewrites", "models"]
describe.each(categories.filter((category) => casesOf(category).length > 0))("%s", (category) => {
  test.each(casesOf(category))("%s comes back as it was", async (name) => {
    await checkRoundTrip(readCase(category, name), `${category}/${name}`)
  })
})
