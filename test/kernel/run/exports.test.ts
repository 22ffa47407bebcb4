import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown } from "../client.js"

describe.each(["typescript7", "typescript6"])("what a cell exports, with %s", (checker) => {
  let kernel: KernelClient
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
  })
  afterAll(async () => {
    await kernel.close()
  })

  const value = (...cells: string[]) => lastShown(kernel, ...cells)

  it.each([
    ["function", "export default function half(n: number) { return n / 2 }", "half(8)", "4"],
    ["class", "export default class Made { v = 1 }", "new Made().v", "1"],
    [
      "abstract class",
      "export default abstract class Base { abstract go(): void }",
      "typeof Base",
      "'function'",
    ],
    ["generator", "export default function* three() { yield 3 }", "[...three()][0]", "3"],
    ["interface", "export default interface Shape { a: 1 }", "const shape: Shape = { a: 1 }; shape.a", "1"],
  ])("as default and with a name is known by the name: a %s", async (_, cell, use, shown) => {
    expect(await value(cell, use)).toBe(shown)
  })

  it("as default keeps its types", async () => {
    const error = "Argument of type 'string' is not assignable to parameter of type 'number'."
    expect(await value("export default function twice(n: number) { return 2 * n }", "twice('x')")).toBe(error)
  })

  it("as default is what earlier functions call once it is declared anew", async () => {
    const first = "function calls() { return late() }\nexport default function late() { return 'old' }"
    expect(await value(first, "export default function late() { return 'new' }", "calls()")).toBe("'new'")
  })

  it("by lists, under other names and without a name leaves its names as they are", async () => {
    const cell = "const listed = 5; export { listed as other, listed as default }"
    expect(await value(cell, "export default () => 1", "listed + 1")).toBe("6")
  })

  // As `export { x }` in a cell of its own: the variable became a getter, and nothing could assign to it any more.
  it("by lists may be a variable of an earlier cell, or of a module, and is assigned to as ever", async () => {
    expect(await value("let given = 1", "export { given, given as under }", "given = 2; given")).toBe("2")
    expect(
      await value(
        'export { sep } from "node:path"; export { sep as cut } from "node:path"',
        "let sep = 3, cut = 4; sep + cut",
      ),
    ).toBe("7")
    expect(await value('import { join } from "node:path"\nexport { join }', "join('a', 'b')")).toBe("'a/b'")
    expect(await value("let kept = 5", "let hidden = 1; export { hidden as kept }; hidden = 2", "kept")).toBe(
      "5",
    )
  })

  it("may be a namespace of types alone, which no value has", async () => {
    const first =
      "namespace Units { export type Metre = number; namespace Deep { export interface A { a: 1 } } }"
    expect(await value(first, "const far: Units.Metre = 3; far")).toBe("3")
    expect(
      await value(
        "const both = 1; namespace both { export type T = 'tee' }",
        "let t: both.T = 'tee'; t + both",
      ),
    ).toBe("'tee1'")
  })

  it("may be taken out of whatever can be iterated", async () => {
    const source =
      "let closed = 0; function* numbers() { try { yield 1; yield 2; yield 3 } finally { closed++ } }"
    expect(await value(source, "const [one, two] = numbers();\n[one, two, closed].join()")).toBe("'1,2,1'")
    expect(
      await value("const [[key, held], ...others] = new Map([['a', 1], ['b', 2]])", "key + held + others"),
    ).toBe("'a1b,2'")
    expect(await value("const { a: [deep] = new Set(['none']) } = {} as { a?: Set<string> }; deep")).toBe(
      "'none'",
    )
    expect(await value("let [x1, y1] = new Set([1, 2]); [x1, y1] = new Set([y1, x1]); x1! * 10 + y1!")).toBe(
      "21",
    )
    expect(await value("[x1, y1] = new Set([5, 6]); x1! * 10 + y1!")).toBe("56")
  })
})
