import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { conditions, languageTarget, libraries, ownTypeRoot } from "./platform.js"
import { readerConfig } from "./reader-config.js"

/** A package that cells import by a name of ours, whatever folder the notebook is in. */
export interface ProvidedPackage {
  specifier: string
  /** The file of its declarations. */
  types: string
}

export interface CellOptions {
  options: ts.CompilerOptions
  /** Whether the reader's tsconfig asks for JSX: then cells may be written with it. Files of it are read in any case. */
  withJsx: boolean
  /** The reader's own tsconfig, and what else they are made of, which may change. */
  configFiles: string[]
  declarations: string[]
  /** What is wrong with the tsconfig. */
  problems: string[]
}

/**
 * What the reader's tsconfig decides about cells: their types. How they are compiled and found is the kernel's
 * business, and rules about unused names are for programs.
 */
const readersOptions = [
  "allowSyntheticDefaultImports",
  "allowUnreachableCode",
  "alwaysStrict",
  "baseUrl",
  "checkJs",
  "customConditions",
  "emitDecoratorMetadata",
  "esModuleInterop",
  "exactOptionalPropertyTypes",
  "experimentalDecorators",
  "jsx",
  "jsxFactory",
  "jsxFragmentFactory",
  "jsxImportSource",
  "lib",
  "noFallthroughCasesInSwitch",
  "noImplicitAny",
  "noImplicitThis",
  "noPropertyAccessFromIndexSignature",
  "noUncheckedIndexedAccess",
  "paths",
  "pathsBasePath",
  "strict",
  "strictBindCallApply",
  "strictBuiltinIteratorReturn",
  "strictFunctionTypes",
  "strictNullChecks",
  "strictPropertyInitialization",
  "typeRoots",
  "types",
  "useDefineForClassFields",
  "useUnknownInCatchVariables",
] as const

/** How cells in a folder are checked: strictly, as modules for a bundler, unless the folder's tsconfig says else. */
export function cellOptions(folder: string, provided: readonly ProvidedPackage[] = []): CellOptions {
  const { options: own, files: configFiles, declarations, problems } = readerConfig(folder)
  const chosen = Object.fromEntries(
    readersOptions.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]])),
  ) as ts.CompilerOptions
  const paths = { ...chosen.paths, ...Object.fromEntries(provided.map((p) => [p.specifier, [p.types]])) }
  const options: ts.CompilerOptions = {
    strict: true,
    allowSyntheticDefaultImports: true,
    lib: libraries(),
    jsx: ts.JsxEmit.Preserve,
    ...chosen,
    // As packages of types, which is what they are to cells: there before anything is imported.
    types: [...(chosen.types ?? ["node"]), ...declarations.map((file) => file.replace(/\.d\.ts$/, ""))],
    customConditions: [...(chosen.customConditions ?? []), ...conditions],
    paths,
    typeRoots: typeRoots(folder, chosen.typeRoots),
    target: ts.ScriptTarget[languageTarget()],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    isolatedModules: true,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
    noErrorTruncation: false,
  }
  // JsxEmit.None is 0.
  return { options, withJsx: Boolean(own.jsx), configFiles, declarations, problems }
}

/** What JavaScript is held to. */
export function forJavaScript(options: ts.CompilerOptions): ts.CompilerOptions {
  return { ...looser(options), checkJs: true }
}

/** What `strict` stands for; each can be stated by itself. */
const strictness = [
  "alwaysStrict",
  "noImplicitAny",
  "noImplicitThis",
  "strictBindCallApply",
  "strictBuiltinIteratorReturn",
  "strictFunctionTypes",
  "strictNullChecks",
  "strictPropertyInitialization",
  "useUnknownInCatchVariables",
] as const

/**
 * How tslab checks cells: what was written for it is not wrong for what strictness finds. It reads no tsconfig: its own
 * example notebooks lie below one that says noImplicitAny, and break it.
 */
export function looser(options: ts.CompilerOptions): ts.CompilerOptions {
  return { ...options, ...Object.fromEntries(strictness.map((name) => [name, undefined])), strict: false }
}

/** The notebook's own @types come first, then the kernel's, so that `process` has types everywhere. */
function typeRoots(folder: string, chosen: string[] = []): string[] {
  const roots = [...chosen]
  for (let place = folder; ; place = dirname(place)) {
    const types = join(place, "node_modules", "@types")
    if (existsSync(types)) roots.push(types)
    if (dirname(place) === place) break
  }
  return [...new Set([...roots, ownTypeRoot()])]
}
