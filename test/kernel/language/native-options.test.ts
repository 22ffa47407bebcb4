import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import ts from "typescript"
import { expect, test } from "vitest"
import { nativeOptions } from "../../../src/kernel/language/native-options.js"
import { notebookFolder, writeFiles } from "./notebook-folder.js"

const typescript7 = dirname(createRequire(import.meta.url).resolve("typescript7/package.json"))

/** What TypeScript 7 itself prints of a folder with these options. */
function compile(folder: string, options: ts.CompilerOptions): string {
  const compilerOptions = nativeOptions(options, folder, import.meta.url)
  writeFiles(folder, { "tsconfig.json": JSON.stringify({ compilerOptions, files: ["cell.ts"] }) })
  return spawnSync(process.execPath, [join(typescript7, "bin", "tsc"), "-p", folder], { encoding: "utf8" })
    .stdout
}

test("options that TypeScript 7 has removed become what it has instead", () => {
  const folder = notebookFolder({
    "cell.ts": 'import { util } from "util"; import { one } from "@deep/one"; export const two = util + one',
    "src/util.ts": "export const util = 1",
    "lib/deep/one.ts": "export const one = 1",
  })
  const removed: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES5,
    module: ts.ModuleKind.UMD,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    baseUrl: join(folder, "src"),
    paths: { "@deep/*": ["../lib/deep/*"] },
    esModuleInterop: false,
    allowSyntheticDefaultImports: false,
    alwaysStrict: false,
    downlevelIteration: true,
    outFile: "out.js",
    ignoreDeprecations: "6.0",
    types: [],
  }
  expect(compile(folder, removed)).toBe("")
})

test("an option that was turned on is on", () => {
  const folder = notebookFolder({ "cell.ts": "export const f = (x) => [x][0].y\nnew Map<string, string>()" })
  const printed = compile(folder, {
    strict: true,
    noUncheckedIndexedAccess: true,
    lib: ["lib.es2023.d.ts"],
    types: [],
  })
  expect(printed.match(/TS\d+/g)).toEqual(["TS7006"])
})

test.each([
  ["target", ts.ScriptTarget, [ts.ScriptTarget.ES3, ts.ScriptTarget.ES5, ts.ScriptTarget.JSON]],
  ["module", ts.ModuleKind, [ts.ModuleKind.None, ts.ModuleKind.AMD, ts.ModuleKind.UMD, ts.ModuleKind.System]],
  [
    "moduleResolution",
    ts.ModuleResolutionKind,
    [ts.ModuleResolutionKind.Classic, ts.ModuleResolutionKind.Node10],
  ],
  ["jsx", ts.JsxEmit, [ts.JsxEmit.None]],
  ["moduleDetection", ts.ModuleDetectionKind, []],
  ["newLine", ts.NewLineKind, []],
] as const)(
  "%s keeps its meaning, value by value, where it has not been removed",
  (name, values, removed) => {
    const numbers = Object.values(values).filter((value): value is number => typeof value === "number")
    for (const value of numbers.filter((number) => !(removed as readonly number[]).includes(number))) {
      const { [name]: word } = nativeOptions({ [name]: value }, "/", import.meta.url)
      expect(ts.convertCompilerOptionsFromJson({ [name]: word }, "/").options[name], String(word)).toBe(value)
    }
  },
)
