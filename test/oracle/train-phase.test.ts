import { describe, test } from "vitest"
import { casesOf } from "./case.js"
import { checkCase } from "./check-case.js"

describe("the forward pass at TRAIN", () => {
  test.each(casesOf("backward"))("%s: every stored blob lies within the running bound", async (name) => {
    await checkCase("backward", name)
  })
})
