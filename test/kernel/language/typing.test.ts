import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Dict } from "../../../src/kernel/dict.js"
import { KernelClient, withHelpers } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ args: withHelpers })
  const folder = join(kernel.folder, "notebook")
  mkdirSync(join(folder, "node_modules", "pkg"), { recursive: true })
  writeFileSync(
    join(folder, "node_modules", "pkg", "package.json"),
    '{ "name": "pkg", "types": "i.d.ts", "main": "i.js" }',
  )
  writeFileSync(join(folder, "node_modules", "pkg", "i.js"), "exports.measure = () => 1")
  writeFileSync(
    join(folder, "node_modules", "pkg", "i.d.ts"),
    "export interface Options {\n  /** How wide, in pixels. */\n  width: number\n  mode: 'fast' | 'slow'\n}\n/**\n * Measures a thing.\n * @param what the thing\n * @param options how to do it\n */\nexport declare function measure(what: string, options?: Options): number",
  )
  writeFileSync(join(folder, "side.ts"), "/** The side. */\nexport const sideways = { left: 1, right: 2 }")
  const { reply } = await kernel.execute(
    'import { measure, type Options } from "pkg"\nimport { sideways } from "./side"\nconst parts = ["a", "b"]\n/** Adds one. */\nfunction increment(n: number): number { return n + 1 }\nclass Wheel { spokes = 3; turn(by: number) { return by } }',
  )
  expect(reply.content).toMatchObject({ status: "ok" })
})
afterAll(async () => {
  await kernel.close()
})

interface Match {
  text: string
  type: string
  start: number
  end: number
  signature?: string
  documentation?: string
}

/** What is offered where `¦` stands. */
async function completed(
  marked: string,
): Promise<{ matches: string[]; start: number; end: number; types: Match[] }> {
  const code = marked.replace("¦", "")
  const cursor_pos = [...marked.slice(0, marked.indexOf("¦"))].length
  const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos })
  expect(content.status).toBe("ok")
  const types = (content.metadata as Dict)._jupyter_types_experimental as Match[]
  return {
    matches: content.matches as string[],
    start: content.cursor_start as number,
    end: content.cursor_end as number,
    types,
  }
}

async function inspected(marked: string, detail_level = 0): Promise<string | undefined> {
  const code = marked.replace("¦", "")
  const cursor_pos = [...marked.slice(0, marked.indexOf("¦"))].length
  const { content } = await kernel.request("shell", "inspect_request", { code, cursor_pos, detail_level })
  return content.found ? ((content.data as Dict)["text/plain"] as string) : undefined
}

describe("completion", () => {
  const cases: [what: string, marked: string, offered: string[]][] = [
    ["members of a variable of an earlier cell", "parts.fla¦", ["flat", "flatMap"]],
    ["members of a class of an earlier cell", "new Wheel().¦", ["spokes", "turn"]],
    ["members of a local file's export", "sideways.¦", ["left", "right"]],
    ["keys of an object that a package's function takes", "measure('x', { wid¦ })", ["width"]],
    ["the values of a union of strings", "measure('x', { width: 1, mode: '¦' })", ["fast", "slow"]],
    ["names of earlier cells", "incre¦", ["increment"]],
    ["helpers", "loadNe¦", ["loadNet"]],
    ["names of the cell itself", "const ownName = 1; ownNa¦", ["ownName"]],
    [
      "members behind an optional chain",
      "const maybe = [1] as number[] | undefined; maybe?.findLastI¦",
      ["findLastIndex"],
    ],
    // Nothing was offered of what may not be there, as of "text".match(/t/) or map.get("key").
    ["members of what may be undefined", "parts.at(0).toLowerC¦", ["toLowerCase"]],
    [
      "optional members of what may be null",
      "let side: { left?: 1 } | null = sideways; if (0 as number) side = null; side.le¦",
      ["left"],
    ],
    ["members in the middle of a cell", "const q = parts.joi¦\nq.length", ["join"]],
    ["in a template", "`${" + "parts.at¦}`", ["at"]],
  ]
  it.each(cases)("offers %s", async (_, marked, offered) => {
    const { matches } = await completed(marked)
    expect(matches.filter((name) => offered.includes(name))).toEqual(offered)
    expect(matches.length).toBeLessThan(10)
  })

  it("offers packages and files in an import", async () => {
    expect((await completed('import { } from "pk¦"')).matches).toEqual(["pkg"])
    expect((await completed('import { } from "./si¦"')).matches).toEqual(["side"])
    expect((await completed('import { meas¦ } from "pkg"')).matches).toEqual(["measure"])
    expect((await completed('import { } from "node:fs/pro¦"')).matches.length).toBeGreaterThan(0)
  })

  it("names kinds, signatures and documentation", async () => {
    const [method] = (await completed("new Wheel().tur¦")).types
    expect(method).toMatchObject({ text: "turn", type: "method", start: 12, end: 15 })
    const [own] = (await completed("incremen¦")).types
    expect(own).toMatchObject({ text: "increment", type: "function", documentation: "Adds one." })
    const [key] = (await completed("(null as unknown as Options).widt¦")).types
    expect(key).toMatchObject({ text: "width", type: "property", documentation: "How wide, in pixels." })
  })

  it("counts code points in front of the cursor", async () => {
    const { matches, start, end } = await completed("const s = '😀😀'; parts.joi¦")
    expect([matches, start, end]).toEqual([["join"], 22, 25])
  })

  it("replaces what follows the cursor only where it is the same word", async () => {
    const { matches, start, end } = await completed("parts.jo¦; 1")
    expect([matches, start, end]).toEqual([["join"], 6, 8])
  })

  it("answers while a cell computes, and knows what earlier cells declared", async () => {
    const id = await kernel.sendCell("console.log('begun'); while (true) {}")
    await kernel.until(() => kernel.of(id).some((m) => String(m.content.text).startsWith("begun")))
    expect((await completed("parts.flatM¦")).matches).toEqual(["flatMap"])
    expect(await inspected("incre¦ment")).toContain("function increment(n: number): number")
    expect(kernel.replies.get(id)).toBe(undefined)
    await kernel.request("control", "interrupt_request", {})
    await kernel.finished(id)
  })

  it("of an empty cell and of nonsense is an answer too", async () => {
    expect((await completed("¦")).matches.length).toBeGreaterThan(50)
    expect((await completed("}}}} ((( ¦")).matches).toEqual(expect.any(Array))
  })
})

describe("inspect", () => {
  it("says the value of an enum's member", async () => {
    expect(await inspected("enum Gauge { low = 3, high }\nGauge.hi¦gh")).toContain(
      "(enum member) Gauge.high = 4",
    )
    expect(await inspected("enum Lone { one = 'a' }\nLone.o¦ne")).toContain('(enum member) Lone.one = "a"')
  })

  it("adds the source of what a cell has declared, where that is asked for", async () => {
    const source = "function increment(n: number): number { return n + 1 }"
    expect(await inspected("incre¦ment", 1)).toMatch(
      /^function increment[\s\S]*Adds one\.[\s\S]*return n \+ 1/,
    )
    expect(await inspected("incre¦ment", 1)).toContain(source)
    expect(await inspected("incre¦ment", 0)).not.toContain("return")
    expect(await inspected("whe¦el.turn", 1)).toBe(undefined)
    expect(await inspected("new Wheel().tu¦rn", 1)).not.toContain("class")
  })

  it("finds nothing where nobody has declared the name", async () => {
    expect(await inspected("nowhere_de¦clared")).toBe(undefined)
    expect(await inspected("nowhere_declared.part¦")).toBe(undefined)
  })

  it("gives type and documentation of a package's function", async () => {
    const text = await inspected("meas¦ure")
    expect(text).toContain("function measure(what: string, options?: Options")
    expect(text).toContain("Measures a thing.")
    expect(text).toContain("@param what the thing")
  })

  it("gives the signature inside of a call, with the parameter that comes", async () => {
    expect(await inspected("measure(¦")).toContain("measure(what: string, options?: Options")
    const second = await inspected("measure('x', ¦")
    expect(second).toContain("measure(what: string, options?: Options): number")
    expect(second).toContain("@param options how to do it")
  })

  it("gives what a variable, a property and a type of earlier cells are", async () => {
    expect(await inspected("parts¦")).toContain("parts: string[]")
    expect(await inspected("sideways.le¦ft")).toContain("left: number")
    expect(await inspected("let w: Wh¦eel")).toContain("class Wheel")
    expect(await inspected("let o: Opt¦ions")).toContain("interface Options")
  })

  // The documentation of a variable was lost with its cell: only that of functions, classes and types was there later.
  it("gives the documentation of variables of earlier cells", async () => {
    const declared =
      "/** How fast. */\nexport const speed = 5\n/** The owner,\n * by name. */\nlet owner: string\n/** Turns it. */\nconst turner = (wheel: Wheel) => wheel"
    expect((await kernel.execute(`${declared}\nowner = "x"`)).reply.content.status).toBe("ok")
    expect(await inspected("spe¦ed")).toContain("How fast.")
    expect(await inspected("let n: typeof own¦er")).toContain("The owner,\nby name.")
    expect(await inspected("turn¦er(new Wheel())")).toMatch(/turner.*Wheel\s+Turns it\./)
    const { content } = (await kernel.execute("turner(new Wheel()).spokes = speed\nowner = 1")).reply
    expect((content.traceback as string[])[0]).toMatch(/:2:1 - TS2322/)
  })

  it("finds nothing in a comment or a number", async () => {
    expect(await inspected("// comm¦ent")).toBe(undefined)
    expect(await inspected("1¦ + 1")).toBe(undefined)
  })
})
