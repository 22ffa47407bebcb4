import { expect, test } from "vitest"
import { fuzzArrays, fuzzFiles } from "./fuzz-files.js"

test("damaged nets end with a net or one line", async () => {
  const { nets, refusals } = await fuzzFiles(0, 500)
  expect(nets + refusals).toBe(500)
  expect(nets).toBeGreaterThan(20)
  expect(refusals).toBeGreaterThan(100)
})

test("damaged arrays end with an array or one line", () => {
  const { nets, refusals } = fuzzArrays(0, 500)
  expect(nets + refusals).toBe(500)
  expect(nets).toBeGreaterThan(20)
  expect(refusals).toBeGreaterThan(20)
})
