import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { Language } from "../../../src/kernel/language/language.js"

describe.each(["typescript7", "typescript6"])("Tab where any name may stand, with %s,", (checker) => {
  const declared = [
    "enum tabKind { a }\nconst tabValue = new Map()\nfunction tabCall() {}\nclass tabMade {}",
    "interface tabShape { a: 1 }\ntype tabAlias = 1\nnamespace tabTypes { export type T = 1 }",
    "import { join as tabJoin } from 'node:path'\nimport type { Stats as tabStats } from 'node:fs'",
  ]
  const values = ["tabKind", "tabValue", "tabCall", "tabMade", "tabJoin"]
  const types = ["tabKind", "tabMade", "tabShape", "tabAlias", "tabTypes", "tabStats"]
  const names = (language: Language, code: string) =>
    language.complete(code, code.length).matches.map(({ text }) => text)

  const folder = mkdtempSync(join(tmpdir(), "prelab-notebook-"))
  let language: Language
  beforeAll(() => {
    vi.stubEnv("PRELAB_CHECKER", checker)
    language = new Language(folder, [], () => {})
    vi.unstubAllEnvs()
    for (const [i, code] of declared.entries())
      expect(language.compileCell(code, { label: `cell-${i + 1}`, keep: true }), code).toMatchObject({
        ok: true,
      })
    language.warmTyping()
  })
  afterAll(() => {
    language.close()
    rmSync(folder, { recursive: true })
  })

  it.each([
    "tab",
    "const z = tab",
    "f(tab",
    "[tab",
    "() => tab",
    "({ a: tab",
    "`${" + "tab",
    "typeof tab",
    "1 + tab",
  ])("offers the values of earlier cells: %s", (code) => {
    expect(names(language, code)).toEqual(expect.arrayContaining(values))
  })

  it.each([
    "let a: tab",
    "function f(a: tab",
    "0 as tab",
    "type Q = tab",
    "class C implements tab",
    "let m: Map<tab",
  ])("offers the types of earlier cells, and no variables: %s", (code) => {
    const found = names(language, code)
    expect(found).toEqual(expect.arrayContaining(types))
    expect(found).not.toContain("tabValue")
    expect(found).not.toContain("tabCall")
  })

  it.each(["tabValue.tab", "'tab", "// tab", "import { tab"])("offers none of them elsewhere: %s", (code) => {
    expect(names(language, code).filter((name) => [...values, ...types].includes(name))).toEqual([])
  })
})
