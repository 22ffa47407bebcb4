import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { PrelabError } from "../../src/error.js"
import { callsOf } from "../../src/layers/index.js"
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

describe("files that Caffe refuses get one line with the place", () => {
  // Loading an unknown layer type is fine; its own test is below.
  const refused = cases.filter(
    ({ name, expect }) => expect.error && !expect.lenient_ok && name !== "unknown_type",
  )
  test.each(refused)("$name: $expect.what", async ({ prototxt, weights, expect: want }) => {
    const error = await loadNet(prototxt, weights).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(PrelabError)
    const { message, place } = error as PrelabError
    expect(message).not.toContain("\n")
    expect(place.file).toMatch(/net\.(prototxt|caffemodel)$/)
    if (want.line !== undefined) expect(place.line).toBe(want.line)
  })
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

test("what Caffe takes, and what need not be an error, loads or is refused in one line", async () => {
  for (const { prototxt, weights, expect: want } of cases.filter(
    ({ expect: { error, lenient_ok } }) => !error || lenient_ok,
  )) {
    const error = await loadNet(prototxt, weights).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!want.error) expect(error).toBeUndefined()
    else if (error !== undefined) expect(error).toBeInstanceOf(PrelabError)
  }
})

test("a layer of an unknown type shows, and running it is refused by name", async () => {
  const { prototxt } = cases.find(({ name }) => name === "unknown_type")!
  const net = await loadNet(prototxt)
  const problems = [...callsOf(net).problems.values()]
  expect(problems[0]!.message).toMatch(/^unsupported layer type: Upsample in layer /)
})
