import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown } from "../client.js"

describe.each(["typescript7", "typescript6"])("one name for a value and a type, with %s", (checker) => {
  let kernel: KernelClient
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
  })
  afterAll(async () => {
    await kernel.close()
  })

  const value = (...cells: string[]) => lastShown(kernel, ...cells)

  const cases: [declared: string, type: string, value: string, use: string, shown: string][] = [
    [
      "a constant and the type that is made of it",
      "type Point = ReturnType<typeof Point>",
      "const Point = (x: number) => ({ x })",
      "const p: Point = Point(3); p.x",
      "3",
    ],
    [
      "a constant that is 5",
      "type Five = 'v' | 5",
      "const Five = 5",
      "const v: Five = 'v'; v + Five",
      "'v5'",
    ],
    [
      "a variable and a generic type, and the variable is assigned to",
      "type Held<T> = { v: T }",
      "let Held = 1",
      "Held = 7; const held: Held<string> = { v: 'x' }; held.v + Held",
      "'x7'",
    ],
    [
      "a function and an interface",
      "interface Size { n: number }",
      "function Size(n: number): Size { return { n } }",
      "const size: Size = Size(2); size.n",
      "2",
    ],
    [
      "exported in the cell's own words",
      "export type Pair = typeof Pair",
      "export const Pair = [1, 2] as const",
      "const pair: Pair = Pair; pair[1]",
      "2",
    ],
  ]
  it.each(cases)("is both in later cells: %s", async (_, type, declared, use, shown) => {
    expect(await value(`${type}\n${declared}`, use)).toBe(shown)
    expect(await value(`${declared}\n${type}`, use)).toBe(shown)
  })

  // The newer of the two was all there was: "'User' only refers to a type, but is being used as a value here".
  it("is both where one cell declares the value, and another the type", async () => {
    const user = "const User = { parse: (name: string) => ({ name }) }"
    const type = "type User = ReturnType<typeof User.parse>"
    const use = "const u: User = User.parse('x'); u.name"
    expect(await value(user, type, use)).toBe("'x'")
    // Again and again, as a notebook's cells are run.
    expect(await value(user, use)).toBe("'x'")
    expect(await value(type, type, user, type, use)).toBe("'x'")
    expect(await value("const wrong: User = { name: 1 }")).toBe(
      "Type 'number' is not assignable to type 'string'.",
    )
  })

  it.each([
    [
      "interface Spot { x: number }",
      "function Spot(x: number): Spot { return { x } }",
      "const s: Spot = Spot(4); s.x",
      "4",
    ],
    [
      "type Kept<T extends string = 'k'> = { k: T }",
      "let Kept = 1",
      "Kept = 2; const k: Kept = { k: 'k' }; k.k + Kept",
      "'k2'",
    ],
    ["export type On = 'on'", "export const On = true", "let on: On | boolean = On; on = 'on'; on", "'on'"],
    [
      "type Far<T = Date> = { d: T }",
      "const Far = 5",
      "const far: Far = { d: new Date(Far) }; far.d.getTime()",
      "5",
    ],
  ])("is both where cells say %s and %s", async (type, declared, use, shown) => {
    expect(await value(type, declared, use)).toBe(shown)
    expect(await value(type, use)).toBe(shown)
  })

  it("is a class alone, or an enum, where a later cell declares one", async () => {
    await value("type Rank = 'low'", "enum Rank { high }", "const r: Rank = Rank.high")
    expect(await value("const low: Rank = 'low'")).toMatch("not assignable to type 'Rank'")
    expect(await value("class Level { n = 1 }", "type Level = { m: 2 }", "new Level()")).toMatch(
      "only refers to a type",
    )
  })

  it("is held to its type", async () => {
    const first = "type Only = { a: number }\nconst Only = (a: number): Only => ({ a })"
    expect(await value(first, "const only: Only = { a: 'x' }")).toBe(
      "Type 'string' is not assignable to type 'number'.",
    )
  })
})
