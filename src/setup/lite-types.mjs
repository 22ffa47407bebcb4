// The declarations that TypeScript reads in a browser: those of the library, of the cells' language and of a worker.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import ts from "typescript"
import { inRoot, root } from "./paths.mjs"

/** What cells import by name, and the declarations of it, as the kernel tells its language. */
const provided = {
  prelab: inRoot("dist", "index.d.ts"),
  "@prelab/cell/scope": inRoot("dist", "kernel", "scope.d.ts"),
  tslab: inRoot("dist", "kernel", "tslab-module.d.ts"),
}

const nodeTypes = inRoot("src", "lite", "language", "node-types")

/**
 * Writes `types.json`: all that TypeScript reads for a cell that uses everything, texts by their path in the package.
 * dist/ has to be built.
 * @param {string} folder
 */
export async function writeTypes(folder) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "types.json"), JSON.stringify(await typesPack()))
}

/** @returns {Promise<Record<string, string>>} */
export async function typesPack() {
  const { cellOptions } = await import(
    String(new URL("../../dist/kernel/language/cell-options.js", import.meta.url))
  )
  const packages = Object.entries(provided).map(([specifier, types]) => ({ specifier, types }))
  /** @type {{ options: ts.CompilerOptions }} */
  const { options } = cellOptions(root, packages)
  const read = readBy({
    ...options,
    lib: await librariesOfBrowsers(),
    types: ["buffer"],
    customConditions: [],
    typeRoots: [inRoot("node_modules")],
  })
  /** @type {Record<string, string>} */
  const pack = Object.fromEntries(
    [...read].map(([file, text]) => [relative(root, file).replaceAll("\\", "/"), text]),
  )
  for (const name of ["package.json", "index.d.ts"])
    pack[`node_modules/@types/node/${name}`] = readFileSync(join(nodeTypes, name), "utf8")
  pack["package.json"] = manifest()
  return pack
}

/**
 * The files that the compiler reads.
 * @param {ts.CompilerOptions} options
 */
function readBy(options) {
  const cell = inRoot("cell.ts")
  const text = Object.keys(provided).map((specifier, i) => `import * as module${i} from "${specifier}"\n`)
  const host = ts.createCompilerHost(options)
  /** @type {Map<string, string>} */
  const read = new Map()
  const { fileExists, readFile } = host
  host.fileExists = (file) => file === cell || fileExists(file)
  host.readFile = (file) => {
    if (file === cell) return text.join("")
    const found = readFile(file)
    if (found !== undefined) read.set(file, found)
    return found
  }
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([cell], options, host))
  if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, host))
  return read
}

/** @returns {Promise<string[]>} */
async function librariesOfBrowsers() {
  const esbuild = await import("esbuild")
  const entryPoints = [inRoot("src", "lite", "language", "platform.ts")]
  const { outputFiles } = await esbuild.build({ entryPoints, bundle: true, write: false, format: "esm" })
  const { libraries } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`)
  return libraries()
}

/** What the kernel and TypeScript ask of the package's own: they need no list of what it depends on. */
function manifest() {
  const { name, version, type, types, exports } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"))
  return JSON.stringify({ name, version, type, types, exports })
}
