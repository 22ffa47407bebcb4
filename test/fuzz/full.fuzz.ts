import { expect, test } from "vitest"
import { fuzzArrays, fuzzFiles } from "./fuzz-files.js"

/** 20,000 runs unless told: `PRELAB_FUZZ_RUNS=100000 npm run fuzz`, from `PRELAB_FUZZ_FROM` on. */
const from = Number(process.env.PRELAB_FUZZ_FROM ?? 500)
const runs = Number(process.env.PRELAB_FUZZ_RUNS ?? 20_000)

test(`${runs} damaged nets end with a net or one line`, async () => {
  const result = await fuzzFiles(from, from + runs)
  console.log(result)
  expect(result.nets + result.refusals).toBe(runs)
})

test(`${runs} damaged arrays end with an array or one line`, () => {
  const result = fuzzArrays(from, from + runs)
  console.log(result)
  expect(result.nets + result.refusals).toBe(runs)
})
