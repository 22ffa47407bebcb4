import { afterAll, describe, expect, test } from "vitest"
import { table } from "../../src/cli/table.js"
import { PrelabError } from "../../src/error.js"
import { count, type Value } from "../../src/net/index.js"
import { generator } from "../engines/gpu/one-layer.js"
import { printTable } from "../print-table.js"
import { casesOf, isWhole, type OracleCase, readCase } from "./case.js"
import { finiteOnly } from "./finite-only.js"
import { compareModel } from "./measure-model.js"
import { type Loaded, loadCase, runBounded } from "./run-case.js"
import { hasWebGpu } from "./software-webgpu.js"
import { compareApart, fitting, type On, storedValues, takeApart } from "./stored-bottoms.js"
import type { Worst } from "./worst.js"

type Column = "reference" | "webasm" | "webgpu" | "onnx"
const columns: readonly Column[] = ["reference", "webasm", "webgpu", "onnx"]
const onOf = (column: Column): On | undefined => (column === "reference" ? undefined : column)

const rows = new Map<string, Partial<Record<Column, string>>>()
afterAll(() => {
  const cells = [...rows].map(([name, row]) => [name, ...columns.map((column) => row[column] ?? "")])
  printTable(
    "oracle",
    [
      isWhole
        ? "oracle: every case"
        : "oracle: the committed cases; the whole oracle is not beside this repository",
      "worst difference from Caffe as a share of the bound; exact: every bit agrees",
      table(["case", ...columns], cells),
    ].join("\n"),
  )
})

function note(name: string, column: Column, result: Worst | string, left: readonly string[] = []): void {
  const row = rows.get(name) ?? {}
  rows.set(name, row)
  row[column] = left.length > 0 ? `${result} (not ${left.join(", ")})` : `${result}`
}

async function compareCase(
  name: string,
  loaded: Loaded,
  stored: ReadonlyMap<Value, Float32Array>,
  of: readonly Column[],
): Promise<Map<Column, Worst>> {
  const apart = takeApart(loaded, stored)
  if (apart.layers.length === 0) {
    const [problem] = loaded.calls.problems.values()
    for (const column of of) note(name, column, problem ? `${problem.what}` : "no layers")
    return new Map()
  }
  const results = new Map<Column, Worst>()
  for (const column of of) {
    if (column === "webgpu" && !hasWebGpu) {
      note(name, column, "no driver")
      continue
    }
    const on = onOf(column)
    const { fit, unfit: left } = on ? fitting(apart, on) : { fit: apart.layers, unfit: [] }
    expect(left, "every layer type has kernels and nodes").toEqual([])
    const finite = column === "webgpu" ? (finiteOnly[name] ?? []) : []
    const worst = await compareApart(apart, fit, stored, on, finite)
    note(name, column, worst, [...left, ...finite.map((layer) => `${layer}: infinities, NaN`)])
    results.set(column, worst)
  }
  for (const [column, { ratio }] of results) expect(ratio, column).toBeLessThanOrEqual(1)
  return results
}

describe.each(["layers", "formats"])("%s, every layer on stored bottoms", (category) => {
  test.each(casesOf(category))("%s", async (name) => {
    const of = readCase(category, name)
    const loaded = await loadCase(of)
    const results = await compareCase(`${category}/${name}`, loaded, storedValues(of, loaded), columns)
    const computed = of.outputs.filter(({ layer_index: at }) => loaded.net.layers[at]!.type !== "Input")
    expect(results.get("reference")!.compared).toBe(computed.length)
  })
})

/**
 * Caffe's answers are about loading here: what loads is run on values of our own (class 0, as a label), and
 * the reference is the judge.
 */
describe("formats/bad, as far as they load", () => {
  test.each(casesOf("formats/bad"))("%s", async (name) => {
    const of: OracleCase = { ...readCase("formats/bad", name), inputs: [], outputs: [] }
    const loaded = await loadCase(of).catch((error: unknown) => {
      if (error instanceof PrelabError) return undefined
      throw error
    })
    if (loaded === undefined) return
    const random = generator(name)
    const inputs = new Map(
      loaded.net.inputs.map((value) => [
        value,
        Float32Array.from({ length: count(loaded.calls.shapes.get(value)!) }, () => random() * 2 - 1),
      ]),
    )
    const results = runBounded({ ...loaded, inputs })
    const stored = new Map([...results].map(([value, { data }]) => [value, data]))
    note(`formats/bad/${name}`, "reference", "judge")
    await compareCase(`formats/bad/${name}`, loaded, stored, ["webasm", "webgpu", "onnx"])
  })
})

// ENet has no weights.
const models = casesOf("models").filter((name) => name !== "enet")
if (models.length > 0)
  describe.each(models)("models, from the input on: %s", (name) => {
    test.each(columns)("on %s", async (column) => {
      const row = `models/${name}`
      if (column === "webgpu" && !hasWebGpu) return note(row, column, "no driver")
      const of = readCase("models", name)
      const worst = await compareModel(of, await loadCase(of), onOf(column))
      note(row, column, worst)
      expect(worst.compared).toBe(of.outputs.length)
      expect(worst.ratio).toBeLessThanOrEqual(1)
    })
  })
