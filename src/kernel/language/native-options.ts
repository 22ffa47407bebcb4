import { readFileSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { CompilerOptions, MapLike } from "typescript"

/** TypeScript 6's numbers in the words of a tsconfig.json. What 7 has removed becomes what it recommends instead. */
const words: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  target: {
    0: "es2015",
    1: "es2015",
    2: "es2015",
    3: "es2016",
    4: "es2017",
    5: "es2018",
    6: "es2019",
    7: "es2020",
    8: "es2021",
    9: "es2022",
    10: "es2023",
    11: "es2024",
    12: "es2025",
    99: "esnext",
  },
  module: {
    0: "esnext",
    1: "commonjs",
    2: "esnext",
    3: "esnext",
    4: "esnext",
    5: "es2015",
    6: "es2020",
    7: "es2022",
    99: "esnext",
    100: "node16",
    101: "node18",
    102: "node20",
    199: "nodenext",
    200: "preserve",
  },
  moduleResolution: { 1: "bundler", 2: "bundler", 3: "node16", 99: "nodenext", 100: "bundler" },
  jsx: { 1: "preserve", 2: "react", 3: "react-native", 4: "react-jsx", 5: "react-jsxdev" },
  moduleDetection: { 1: "legacy", 2: "auto", 3: "force" },
  newLine: { 0: "crlf", 1: "lf" },
}

/** Removed in TypeScript 7, of no meaning for a check, or (the last) only known to the compiler that parsed them. */
const dropped = new Set([
  "baseUrl",
  "outFile",
  "out",
  "downlevelIteration",
  "ignoreDeprecations",
  "charset",
  "importsNotUsedAsValues",
  "preserveValueImports",
  "keyofStringsOnly",
  "noImplicitUseStrict",
  "noStrictGenericChecks",
  "suppressExcessPropertyErrors",
  "suppressImplicitAnyIndexErrors",
  "outDir",
  "rootDir",
  "declaration",
  "declarationDir",
  "declarationMap",
  "emitDeclarationOnly",
  "sourceMap",
  "inlineSourceMap",
  "inlineSources",
  "sourceRoot",
  "mapRoot",
  "composite",
  "incremental",
  "tsBuildInfoFile",
  "plugins",
  "configFilePath",
  "pathsBasePath",
])

/** Cannot be turned off any more. */
const alwaysOn = new Set(["esModuleInterop", "allowSyntheticDefaultImports", "alwaysStrict"])

/**
 * Options of TypeScript 6 as the `compilerOptions` of a tsconfig.json in `folder` for TypeScript 7. The package that
 * `ownFile` lies in can be imported by its name, wherever the folder is.
 */
export function nativeOptions(
  options: CompilerOptions,
  folder: string,
  ownFile: string | URL,
): Record<string, unknown> {
  const native: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || dropped.has(name) || (alwaysOn.has(name) && value === false)) continue
    native[name] = typeof value === "number" ? (words[name]?.[value] ?? value) : value
  }
  const lib = options.lib?.map((file) => file.replace(/^lib\.(.+)\.d\.ts$/, "$1"))
  const paths = { ...ownPackage(ownFile), ...absolutePaths(options, folder) }
  return { ...native, ...(lib && { lib }), paths, noEmit: true }
}

function ownPackage(file: string | URL): MapLike<string[]> {
  const path = typeof file === "string" && !file.startsWith("file:") ? file : fileURLToPath(file)
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string }
      return { [name]: [folder] }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    }
    if (folder === dirname(folder)) return {}
  }
}

/** `paths` without `baseUrl`, which said where they start, and where a bare name is looked up first. */
function absolutePaths(options: CompilerOptions, folder: string): MapLike<string[]> {
  const { baseUrl, paths = {}, pathsBasePath } = options
  const start = resolve(folder, baseUrl ?? (typeof pathsBasePath === "string" ? pathsBasePath : "."))
  const absolute = Object.entries(paths).map(([pattern, targets]) => [
    pattern,
    targets.map((target) => (isAbsolute(target) ? target : join(start, target))),
  ])
  return {
    ...(baseUrl === undefined ? {} : { "*": [join(start, "*")] }),
    ...Object.fromEntries(absolute),
  }
}
