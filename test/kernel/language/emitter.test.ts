import ts from "typescript"
import { describe, expect, it } from "vitest"
import { Emitter } from "../../../src/kernel/language/emitter.js"

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleDetection: ts.ModuleDetectionKind.Force,
  jsx: ts.JsxEmit.ReactJSX,
  sourceMap: true,
  allowJs: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
}

const texts = {
  "a.ts": "export const a: number = 1; export let b = a + 1",
  "imports.ts": `import { statSync, type Stats } from "node:fs"; import * as path from "node:path"; import unused from "unused"
export type { Stats }; export const stats: Stats = statSync(path.sep)`,
  "again.ts":
    "import { a } from './a'; export { a }; export * from './imports'; export * as all from './all'",
  "enum.ts":
    "export enum Color { red, green = red + 2, blue = 'b'.length } export const enum Inlined { x = 3 } Inlined.x",
  "namespace.ts": "export namespace N { export const n = 1; namespace Types { export type T = 1 } }",
  "class.ts": `function logged(target: object, name: string) {}
export class C<T> { @logged accessed: string = ""; #hidden = 1; constructor(readonly v: T, private w = 2) {} @logged get x(): number { return this.#hidden } }`,
  "view.tsx": "export const view = <p title='x'>{[1, 2].map((n) => <b key={n}>{n}</b>)}</p>",
  "script.js": "const f = (x) => x ** 2\nexports.f = f",
  "require.ts": "import fs = require('node:fs'); import sep = Path.sep; export = fs",
  "using.ts": "await using x = { async [Symbol.asyncDispose]() {} }; for (using y of []) {}",
  "wrong.ts": "const = 1\nlet x: = 2",
  "open.ts": "function f( {",
}

describe("the emitter", () => {
  it("makes of each text what ts.transpileModule makes of it alone, however many it has had", () => {
    const emitter = new Emitter(options)
    for (let round = 0; round < 10; round++)
      for (const [fileName, text] of Object.entries(texts)) {
        const alone = ts.transpileModule(text, {
          fileName,
          compilerOptions: options,
          reportDiagnostics: true,
        })
        const { js, map, problems } = emitter.emit(fileName, text, {})
        expect({ js, map }, fileName).toEqual({ js: alone.outputText, map: alone.sourceMapText })
        expect(problems.map(placeOf), fileName).toEqual(alone.diagnostics!.map(placeOf))
      }
  })
})

function placeOf({ code, start, length }: ts.Diagnostic) {
  return { code, start, length }
}
