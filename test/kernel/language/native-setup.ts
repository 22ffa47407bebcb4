import { join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { onTestFinished } from "vitest"
import {
  type NativeChecker,
  type NativeCheckerOptions,
  openNativeChecker,
} from "../../../src/kernel/language/native-checker.js"
import { writeFiles } from "./notebook-folder.js"

/** What the kernel compiles cells with. */
export const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["lib.es2023.d.ts"],
  types: ["node"],
  typeRoots: [fileURLToPath(new URL("../../../node_modules/@types", import.meta.url))],
  strict: true,
  isolatedModules: true,
  skipLibCheck: true,
  allowJs: true,
  resolveJsonModule: true,
  jsx: ts.JsxEmit.ReactJSX,
}

/** The same, with names of a tsconfig's for what lies in a notebook's folder: its `lib`, and a package elsewhere in it. */
export function optionsWithPaths(folder: string): ts.CompilerOptions {
  const own = join(folder, "elsewhere")
  writeFiles(own, {
    "package.json": JSON.stringify({ name: "own", types: "index.d.ts" }),
    "index.d.ts": "export declare const answer: number\n",
  })
  return { ...compilerOptions, paths: { "@lib/*": [join(folder, "lib/*")], own: [own] } }
}

/** A checker of cells in a folder, closed after the test. */
export function openChecker(folder: string, options: Partial<NativeCheckerOptions> = {}): NativeChecker {
  const checker = openNativeChecker({ folder, compilerOptions, resolveFrom: import.meta.url, ...options })
  if (!checker) throw new Error("TypeScript 7 is not installed")
  onTestFinished(() => checker.close())
  return checker
}
