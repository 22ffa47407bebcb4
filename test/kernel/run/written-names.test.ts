import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { inWrittenNames, writtenNames } from "../../../src/kernel/language/written-names.js"
import { KernelClient, printed } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
  writeFileSync(
    join(kernel.folder, "notebook", "file.ts"),
    "export const made: any = {}\nexport const run = () => made.part()",
  )
  await kernel.execute(
    'import path, { join as glue } from "node:path"\nimport { made as other, run } from "./file"\nconst value: any = {}\nlet nothing: any',
  )
})
afterAll(async () => {
  await kernel.close()
})

describe("what the engine says names things as the reader does:", () => {
  const cases: [code: string, said: string][] = [
    ["const own: any = 1; own()", "own is not a function"],
    [
      "const own2: any = {}; own2.part.deep?.x; own2.part2()",
      "Cannot read properties of undefined (reading 'deep')",
    ],
    ["value.part()", "value.part is not a function"],
    ["nothing()", "nothing is not a function"],
    ["const call = () => nothing(); call()", "nothing is not a function"],
    ["for (const x of nothing) x", "nothing is not iterable"],
    ["new value.Kind()", "value.Kind is not a constructor"],
    ["(path as any).nowhere()", "path.nowhere is not a function"],
    ["(glue as any).nowhere()", "glue.nowhere is not a function"],
    ["other.part()", "other.part is not a function"],
    ["run()", "made.part is not a function"],
  ]
  it.each(cases)("%s", async (code, said) => {
    const { reply } = await kernel.execute(code)
    expect(reply.content).toMatchObject({ ename: "TypeError", evalue: said })
    expect((reply.content.traceback as string[])[0]).toBe(`TypeError: ${said}`)
  })

  it("where an error is printed, is a cause, or comes too late", async () => {
    const shown = await kernel.execute(
      "try { value.part() } catch (e) { console.log(e); console.log(new Error('top', { cause: e })) }",
    )
    expect(printed(shown).match(/TypeError: .*/g)).toEqual(
      Array(2).fill("TypeError: value.part is not a function"),
    )
    const caused = await kernel.execute(
      "try { nothing() } catch (e) { throw new Error('top', { cause: e }) }",
    )
    expect(caused.reply.content.traceback).toContain("caused by: TypeError: nothing is not a function")
    const late = await kernel.execute("setTimeout(() => nothing(), 5); 0")
    await kernel.until(() =>
      printed({ outputs: kernel.of(late.id) } as never, "stderr").startsWith(
        "TypeError: nothing is not a function\n",
      ),
    )
  })
})

describe("names in a message", () => {
  const js =
    'const _state_1 = exports;\nconst a_b_1 = __import("a-b");\nconst whole = __import("./w");\nconst c = 1;'
  const names = writtenNames(js, [
    { name: "first", specifier: "a-b", imported: "default", typeOnly: false },
    { name: "$two", specifier: "a-b", imported: "two", typeOnly: false },
    { name: "whole", specifier: "./w", imported: "*", typeOnly: false },
  ])

  it.each([
    ["(0 , a_b_1.default) is not a function", "first is not a function"],
    ["a_b_1.two.part is not a function", "$two.part is not a function"],
    ["_state_1.x is not iterable", "x is not iterable"],
    ["a_b_1.twofold is not a function", "a_b_1.twofold is not a function"],
    [
      "my_state_1.x and module.exports.y are not functions",
      "my_state_1.x and module.exports.y are not functions",
    ],
    ["whole.part is not a function", "whole.part is not a function"],
  ])("%s", (said, written) => {
    expect(inWrittenNames(said, names)).toBe(written)
  })

  it("stays as it is in an error of the reader's own that only speaks of such things", async () => {
    const { reply } = await kernel.execute("throw new RangeError('exports.a and (0 , b.c) are out of range')")
    expect(reply.content.evalue).toBe("exports.a and (0 , b.c) are out of range")
  })
})
