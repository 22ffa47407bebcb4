import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { resultText } from "../client.js"
import { DebugClient } from "./debug-client.js"

let client: DebugClient
beforeEach(async () => {
  client = await DebugClient.attached()
})
afterEach(() => client.close())

describe("a pause that is asked for while no cell runs", () => {
  it("stops the next cell at whichever line is the first to run", async () => {
    await client.ask("pause", { threadId: 1 })
    const id = await client.kernel.sendCell("// two lines\nconst one: number = 1\none + 1")
    expect(await client.stopped()).toEqual({ reason: "pause", at: "cell-1:2" })
    expect(resultText(await client.finish(id))).toBe("2")
    expect(resultText(await client.kernel.execute("one + 2"))).toBe("3")
  })
})
