import ts from "typescript"
import { describe, expect, it } from "vitest"
import { ForAwait } from "../../src/kernel/run/drive.js"
import { awaitNames } from "../../src/lite/language/await-names.js"
import { keepsContext } from "../../src/lite/language/keeps-context.js"
import { AsyncLocalStorage, pause, resume } from "../../src/lite/node/async-hooks.js"

const storage = new AsyncLocalStorage<string>()

/** Runs `function main(place, later)` of a text as cells are compiled, in context "cell". */
async function run(text: string): Promise<unknown> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }
  const { outputText } = ts.transpileModule(text, {
    compilerOptions,
    transformers: { after: [keepsContext] },
  })
  const main = new Function(...awaitNames, "__forAwait", `${outputText}\nreturn main`)(
    pause,
    resume,
    (iterable: AsyncIterable<unknown>) => new ForAwait(iterable),
  )
  const later = (value: unknown) => new Promise((resolve) => setTimeout(resolve, 1, value))
  const place = () => storage.getStore() ?? "nowhere"
  const running = storage.run("cell", () => main(place, later))
  expect(place()).toBe("nowhere")
  return running
}

describe("an async function of a cell in a browser", () => {
  it("is in its cell after every await", async () => {
    const text = `async function main(place, later) {
      const inner = async () => [await later(place()), place()]
      return [...(await inner()), place(), await later(1) + await later(2), place()]
    }`
    expect(await run(text)).toEqual(["cell", "cell", "cell", 3, "cell"])
  })

  it("catches what an await throws, in its cell", async () => {
    const text = `async function main(place, later) {
      try { await later(0).then(() => { throw new RangeError("far") }) }
      catch (error) { return [error.name, place()] }
    }`
    expect(await run(text)).toEqual(["RangeError", "cell"])
  })

  it("declares anew in a loop's body what the loop has taken, and goes on from two labels", async () => {
    const text = `async function main(place, later) {
      const seen = []
      one: two: for await (const n of [1, later(2), 3]) {
        if (n === 1) continue one
        if (n === 3) break two
        const seenBefore = n
        { const n = 5; seen.push(seenBefore, n) }
        if (true) { for await (const n of [7]) { const n = await later(8); seen.push(n, place()) } }
      }
      return seen
    }`
    expect(await run(text)).toEqual([2, 5, 8, "cell"])
  })

  it("loops over what comes later as ever, in its cell, and closes what it leaves", async () => {
    const text = `async function main(place, later) {
      const seen = []
      async function* numbers() {
        try { for (let i = 0; ; i++) yield await later(i) } finally { seen.push("closed") }
      }
      outer: for await (const n of numbers()) {
        seen.push(n, place())
        for (;;) { if (n < 2) continue outer; else break outer }
      }
      for await (const word of [later("a"), "b"]) seen.push(word)
      return [...seen, place()]
    }`
    expect(await run(text)).toEqual([0, "cell", 1, "cell", 2, "cell", "closed", "a", "b", "cell"])
  })
})
