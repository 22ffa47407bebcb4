import { describe, expect, it } from "vitest"
import type { Checker } from "../../../src/kernel/language/checker.js"
import { hubImport, hubModule } from "../../../src/kernel/language/module-hub.js"
import { NativeModules } from "../../../src/kernel/language/native-modules.js"
import { VacantModules } from "../../../src/kernel/language/vacant-modules.js"

const cell = "/notebook/__cell.ts"
const hub = `/notebook/${hubModule}.ts`

/** With the hub and the cell loaded. */
function loaded() {
  const modules = new NativeModules("/notebook", {})
  modules.set(hub, "export {}")
  modules.set(cell, `${hubImport} export {}`)
  const updates = () => [...modules.changes(cell)]
  updates()
  return { modules, updates }
}

describe("what TypeScript 7 is told", () => {
  // Of two changed files it makes a new program, which takes 7 ms; of one, the old program with that file: 1 ms.
  it("is one text at a time", () => {
    const { modules, updates } = loaded()
    modules.set(hub, "export const x = 1")
    modules.set(cell, `${hubImport} x`)
    expect(updates()).toEqual([
      { created: [], changed: [hub], deleted: [] },
      { created: [], changed: [cell], deleted: [] },
    ])
    expect(updates()).toEqual([])
  })

  it("is all at once where files come or go", () => {
    const { modules, updates } = loaded()
    modules.delete(hub)
    modules.set(cell, "export {}")
    expect(updates()).toEqual([{ created: [], changed: [cell, modules.config], deleted: [hub] }])
  })

  it("is no second time what is in a module without contents", () => {
    const { modules, updates } = loaded()
    const [vacant, kept] = ["/notebook/__cell_1.ts", "/notebook/__cell_2.ts"]
    modules.set(vacant, `${hubImport} export {}`)
    modules.set(kept, `${hubImport} export class C {}`)
    expect(updates()).toEqual([
      { created: [vacant, kept], changed: [modules.config], deleted: [] },
      { created: [], changed: [kept], deleted: [] },
    ])
  })
})

describe("modules for cells to come", () => {
  it("are made many at once, and used again once they are given back", () => {
    const texts = new Map<string, string>()
    const vacant = new VacantModules({
      keep: (name: string, text: string) => void texts.set(name, text),
    } as Checker)
    const first = vacant.take()
    const made = texts.size
    expect(made).toBeGreaterThan(1)
    texts.set(first, "export class C {}")
    vacant.giveBack(first)
    expect(texts.get(first)).toBe(`${hubImport} export {}`)
    const others = Array.from({ length: made }, () => vacant.take())
    expect(new Set(others).size).toBe(made)
    expect(others).toContain(first)
    expect(texts.size).toBe(made)
    expect(texts.has(vacant.take())).toBe(true)
    expect(texts.size).toBe(2 * made)
  })
})
