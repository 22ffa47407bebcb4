import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { PrelabError } from "../../src/error.js"
import { casesOf, oracle } from "../oracle/case.js"

interface Expectation {
  error: boolean
  what: string
  kind: string
  line?: number
  lenient_ok?: boolean
  unknown?: string[]
}

const cases = casesOf("formats/bad").map((name) => {
  const folder = join(oracle, "formats/bad", name)
  const expect: Expectation = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")).expect
  const weights = join(folder, "net.caffemodel")
  return {
    name,
    expect,
    prototxt: join(folder, "net.prototxt"),
    weights: existsSync(weights) ? weights : undefined,
  }
})

/** What is checked when a file is read; the other kinds wait for the layer types that they are about. */
const kinds = new Set([
  "bad_packed",
  "bad_varint",
  "bad_wire",
  "blob_count",
  "bottom_count",
  "data_count",
  "duplicate_top",
  "garbage",
  "huge_dim",
  "huge_length",
  "input_dim",
  "negative_dim",
  "rules",
  "shape",
  "syntax",
  "top_count",
  "truncated",
  "unknown_bottom",
])

describe("files that Caffe refuses get one line with the place", () => {
  const refused = cases.filter(({ expect }) => expect.error && !expect.lenient_ok && kinds.has(expect.kind))
  test.each(refused.filter(({ name }) => name !== "reshape_count"))(
    "$name: $expect.what",
    async ({ prototxt, weights, expect: want }) => {
      const error = await loadNet(prototxt, weights).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(PrelabError)
      const { message, place } = error as PrelabError
      expect(message).not.toContain("\n")
      expect(place.file).toMatch(/net\.(prototxt|caffemodel)$/)
      if (want.line !== undefined) expect(place.line).toBe(want.line)
    },
  )
})

describe("fork fields are kept and named", () => {
  test.each(cases.filter(({ expect }) => expect.unknown))(
    "$name",
    async ({ prototxt, weights, expect: want }) => {
      const { warnings } = await loadNet(prototxt, weights)
      for (const field of want.unknown!) expect(warnings.join("\n")).toContain(field)
    },
  )
})
