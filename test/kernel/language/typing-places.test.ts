import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Dict } from "../../../src/kernel/dict.js"
import { KernelClient } from "../client.js"

describe.each(["typescript7", "typescript6"])("with %s as checker,", (checker) => {
  let kernel: KernelClient
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
    const { reply } = await kernel.execute(
      "type Wheels = { size: number }\ninterface Wheeled { a: 1 }\nclass Wheeler<T> {\n  /** Makes one. */\n  constructor(readonly load: T) {}\n}\nconst wheelbase = 2",
    )
    expect(reply.content).toMatchObject({ status: "ok" })
  })
  afterAll(async () => {
    await kernel.close()
  })

  const ask = async (type: string, marked: string): Promise<Dict> => {
    const [before, after] = marked.split("¦") as [string, string]
    const content = { code: before + after, cursor_pos: [...before].length, detail_level: 0 }
    return (await kernel.request("shell", type, content)).content
  }
  /** The text as it would be with the only match, or what else is offered. */
  const written = async (marked: string) => {
    const { matches, cursor_start, cursor_end } = await ask("complete_request", marked)
    const [only, ...others] = matches as string[]
    if (only === undefined || others.length > 0) return matches
    const code = marked.replace("¦", "")
    return code.slice(0, cursor_start as number) + only + code.slice(cursor_end as number)
  }
  const inspected = async (marked: string) =>
    ((await ask("inspect_request", marked)).data as Dict)["text/plain"] as string

  it.each([
    "let w: Wheele¦",
    "function roll(w: Wheele¦) {}",
    "const w = null as unknown as Wheele¦",
    "let ws: Array<Wheele¦>",
    "type W = Wheele¦",
    "class Car extends Wheele¦",
    "class Car implements Wheele¦",
    "new Wheele¦",
  ])("names of earlier cells are offered in: %s", async (marked) => {
    expect(await written(marked)).toEqual(expect.arrayContaining(["Wheeler", "Wheeled"]))
  })

  it("names of earlier cells are offered as keys of an object, and not as members", async () => {
    expect(await written("({ wheelb¦ })")).toBe("({ wheelbase })")
    expect(await written("Math.wheelb¦")).toEqual([])
  })

  it("Node's modules are completed from their first letter on", async () => {
    expect(await written('import * as m from "node:string_d¦"')).toBe(
      'import * as m from "node:string_decoder"',
    )
    expect(await written('await import("node:fs/p¦")')).toBe('await import("node:fs/promises")')
  })

  it("modules that only the kernel imports are not offered", async () => {
    expect(await written('import "@prelab/¦"')).toEqual([])
    expect(await written('import "¦"')).not.toContain("@prelab/cell/scope")
  })

  it("a string of several words is completed as one", async () => {
    const type = "let pace: 'very slow' | 'very-fast'; pace = "
    expect(await written(`${type}'very s¦'`)).toBe(`${type}'very slow'`)
    expect(await written(`${type}'very-¦'`)).toBe(`${type}'very-fast'`)
  })

  it("what is imported by name from a module that is one value has its type and documentation", async () => {
    expect(await inspected('import { join } from "node:path"; joi¦n("a")')).toMatch(
      /join\(\.\.\.paths: string\[\]\): string\n\nJoin all/,
    )
  })

  it("a constructor and a type are explained by more than their names", async () => {
    expect(await inspected("new Wheeler(¦")).toMatch(/Wheeler<unknown>\(load: unknown\)[\s\S]*Makes one\./)
    expect(await inspected("let w: Wheels¦")).toMatch(/^type Wheels = \{\s+size: number;\s+\}$/)
  })
})
