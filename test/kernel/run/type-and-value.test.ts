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

  it("is held to its type", async () => {
    const first = "type Only = { a: number }\nconst Only = (a: number): Only => ({ a })"
    expect(await value(first, "const only: Only = { a: 'x' }")).toBe(
      "Type 'string' is not assignable to type 'number'.",
    )
  })
})
