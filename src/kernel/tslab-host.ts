import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { Converter, ConverterOptions } from "tslab/dist/converter.js"
import type { ConsoleInterface, ConverterSet, Executor } from "tslab/dist/executor.js"
import type ts from "typescript"
import { PrelabError } from "../error.js"
import { modernLib, modernLibFile } from "./modern-lib.js"

interface Tslab {
  createConverter(options?: ConverterOptions): Converter
  createExecutor(rootDir: string, converters: ConverterSet, console: ConsoleInterface): Executor
  /** tslab's own TypeScript. */
  ts: typeof ts
}

const require = createRequire(import.meta.url)

/** What differs from the compiler options that tslab has built in. */
const ownOptions = {
  // tslab parses await at top level as if it were not allowed, and so `await (f())` as a call of "await".
  disableTopLevelAwait: false,
  lib: ["lib.es2023.d.ts", modernLibFile],
}

/**
 * tslab's converter and executor, without its kernel. The converter's compiler is handed out with one function
 * replaced, because that is the only place where its options can be reached.
 */
export function loadTslab(): Tslab {
  const fromTslab = createRequire(require.resolve("tslab/package.json"))
  const file = fromTslab.resolve("@tslab/typescript-for-tslab")
  const original: typeof ts = fromTslab(file)
  const createWatchCompilerHost = (files: string[], options: ts.CompilerOptions, ...rest: unknown[]) =>
    Reflect.apply(original.createWatchCompilerHost, original, [files, { ...options, ...ownOptions }, ...rest])
  fromTslab.cache[file]!.exports = Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(original),
      createWatchCompilerHost: { value: createWatchCompilerHost, enumerable: true },
    },
  )
  return {
    ...require("tslab/dist/converter.js"),
    ...require("tslab/dist/executor.js"),
    ts: original,
  }
}

/**
 * Lets the type checker find packages where they are not: `<notebook>/node_modules/prelab` is the folder of the
 * running kernel, and tslab's own Node types wherever npm has put them. The checker reads all files through
 * `ts.sys`, so that is what changes; links are resolved to real paths, so that packages find their own imports.
 */
export function forwardPackages(typescript: typeof ts, folders: Map<string, string>): void {
  const all = new Map(folders)
  const { sys } = typescript
  const tslabRoot = dirname(require.resolve("tslab/package.json"))
  const nodeTypes = createRequire(join(tslabRoot, "package.json")).resolve("@types/node/package.json")
  const expected = join(tslabRoot, "node_modules", "@types")
  if (!nodeTypes.startsWith(expected)) all.set(slashes(expected), dirname(dirname(nodeTypes)))

  const forward = (path: string): string => {
    for (const [from, to] of all)
      if (path === from || path.startsWith(`${from}/`)) return slashes(to) + path.slice(from.length)
    return path
  }
  const { fileExists, directoryExists, readFile, readDirectory, getDirectories, watchFile } = sys
  const realpath = sys.realpath ?? ((path: string) => path)
  const parents = new Set([...all.keys()].map((path) => path.slice(0, path.lastIndexOf("/"))))
  const isOurs = (path: string) => path.endsWith(`/${modernLibFile}`)
  sys.fileExists = (path) => isOurs(path) || fileExists(forward(path))
  sys.directoryExists = (path) => parents.has(path) || directoryExists(forward(path))
  sys.readFile = (path, encoding) => (isOurs(path) ? modernLib : readFile(forward(path), encoding))
  sys.readDirectory = (path, ...rest) => readDirectory(forward(path), ...rest)
  sys.getDirectories = (path) => getDirectories(forward(path))
  sys.realpath = (path) => realpath(forward(path))
  // Thousands of files of packages would each get a watcher; what changes are the notebook's own modules.
  sys.watchFile = (path, ...rest) => (isPackaged(path) ? { close() {} } : watchFile!(path, ...rest))
}

function isPackaged(path: string): boolean {
  return path.includes("/node_modules/")
}

function slashes(path: string): string {
  return path.replace(/\\/g, "/")
}

interface ModuleLoader {
  _load(request: string, ...rest: unknown[]): unknown
}

/**
 * Gives `require` and compiled imports our own modules by name. They are ES modules that already run: a second
 * copy from disk would have a second state.
 */
export function provideModules(namespaces: Map<string, object>): void {
  const loader = require("node:module") as ModuleLoader
  const { _load: load } = loader
  if (typeof load !== "function") throw new PrelabError("cannot provide modules on Node", process.version)
  loader._load = function (request, ...rest) {
    return namespaces.get(request) ?? load.call(this, request, ...rest)
  }
}
