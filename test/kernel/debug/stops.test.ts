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

describe("an error that nobody catches", () => {
  const stopsAt = async (code: string, ...places: string[]) => {
    await client.ask("setExceptionBreakpoints", { filters: ["uncaught"] })
    const id = await client.kernel.sendCell(code)
    for (const at of places.slice(0, -1)) {
      expect(await client.stopped()).toEqual({ reason: "exception", at })
      await client.ask("continue", { threadId: 1 })
    }
    expect(await client.stopped()).toEqual({ reason: "exception", at: places.at(-1) })
    return (await client.finish(id)).reply.content.ename
  }

  it("stops once, where it is thrown, and not where the cell awaits it", async () => {
    const code = "async function fails() {\n  await 1\n  throw new RangeError('late')\n}\nawait fails()"
    expect(await stopsAt(code, "fails:3")).toBe("RangeError")
  })

  it("stops at the await of what was never thrown", async () => {
    expect(
      await stopsAt("const refused = new TypeError('no')\nawait Promise.reject(refused)", "cell-1:2"),
    ).toBe("TypeError")
  })
})
