import ts from "typescript"
import { describe, expect, it } from "vitest"
import { widenedNames, withoutWidened } from "../../../src/kernel/language/widened-names.js"
import { widens } from "../../../src/kernel/language/widens-modules.js"

function namesIn(text: string): string[] {
  const file = ts.createSourceFile("cell.ts", text, ts.ScriptTarget.ES2022, true)
  return file.statements.filter(widens).flatMap(widenedNames)
}

const without = (text: string, ...names: string[]) => withoutWidened(text, "cell.ts", new Set(names))

describe("what a module declares for others", () => {
  it.each([
    ["declare global { var a: 1, b: 2; function f(): void }", ["global a", "global b", "global f"]],
    ["declare module 'm' { class C {} ; type T = 1 }", ['"m" C', '"m" T']],
    ["declare global { interface I { x: 1; y(): 2; (): 3 } }", ["global I.x", "global I.y", "global I."]],
    ["declare global { interface Empty {} }", ["global Empty"]],
    ["declare global { namespace N { interface I { x: 1 } var v: 2 } }", ["global N.I.x", "global N.v"]],
    ["declare const own: 1", []],
  ])("has names: %s", (text, names) => {
    expect(namesIn(text)).toEqual(names)
  })

  it.each([
    ["declare global { var a: 1, b: 2, c: 3 }", ["global a", "global b"], "declare global { var c: 3 }"],
    ["declare global { var a: 1, b: 2, c: 3 }", ["global b", "global c"], "declare global { var a: 1 }"],
    ["declare global { var a: 1, b: 2, c: 3 }", ["global a", "global c"], "declare global { var b: 2 }"],
    ["declare global { var a: 1, b: 2 }; a", ["global a", "global b"], "declare global {  }; a"],
    [
      "declare global { interface I { x: 1; y: 2 } }",
      ["global I.x"],
      "declare global { interface I {  y: 2 } }",
    ],
    ["declare global { type T = 1 } type T = 2", ["global T"], "declare global {  } type T = 2"],
    ["declare module 'm' { var a: 1 }", ["global a"], "declare module 'm' { var a: 1 }"],
  ])("goes without the rest: %s, %j", (text, names, left) => {
    expect(without(text, ...names)).toBe(left)
  })
})
