// Builds dist/: the TypeScript compiler for the library, esbuild for the widgets' front ends,
// the kernel's threads and the kernel for JupyterLite.
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join, relative } from "node:path"
import { command, SetupError } from "./command.mjs"
import { inRoot, root } from "./paths.mjs"
import { runAsProgram } from "./program.mjs"
import { step } from "./progress.mjs"
import { fingerprint, isStamped, writeStamp } from "./stamp.mjs"

const stamp = inRoot("dist", ".built-from")
const settings = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"]

/** Builds dist/ if it is not what the sources say. */
export async function ensureBuild() {
  const sources = [...filesBelow("src"), ...filesBelow("widgets"), ...settings.map((name) => inRoot(name))]
  const made = fingerprint(sources)
  if (isStamped(stamp, made)) return
  await step("building", build)
  writeStamp(stamp, made)
}

/** Compiles src/ and bundles widgets/ into dist/, and removes from it what has no source any more. */
export async function build() {
  rmSync(stamp, { force: true })
  await compile()
  removeOrphans()
  await bundleWidgets()
  // Not above: what they need is installed only by now.
  const { buildThreads } = await import("./build-threads.mjs")
  await buildThreads()
  const { buildLite } = await import("./build-lite.mjs")
  await buildLite()
  const cli = inRoot("dist", "cli.js")
  if (existsSync(cli)) chmodSync(cli, 0o755)
}

async function compile() {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json")
  await command(process.execPath, [join(dirname(typescript), "bin", "tsc"), "-p", "tsconfig.build.json"])
}

/** A renamed source would otherwise live on in dist/, in the package and in the kernel's completions. */
function removeOrphans() {
  const compiled = /(\.d\.ts|\.js)(\.map)?$/
  for (const file of filesBelow("dist").filter((name) => compiled.test(name))) {
    const source = relative(inRoot("dist"), file).replace(compiled, "")
    if (!existsSync(inRoot("src", `${source}.ts`)) && !existsSync(inRoot(source, "index.ts"))) rmSync(file)
  }
}

/**
 * Each folder of widgets/ becomes the ES module `dist/widgets/<name>.js`, with the style sheet beside it and, where it has
 * one, the script of its worker.
 */
async function bundleWidgets() {
  const esbuild = await import("esbuild")
  for (const bundle of widgetBundles()) {
    try {
      await esbuild.build(bundle)
    } catch (error) {
      throw new SetupError(`${relative(root, bundle.entryPoints[0] ?? "")} does not build`, {
        output: `${error}\n`,
      })
    }
  }
}

/** What esbuild has to do for each of them. */
export function widgetBundles() {
  return filesBelow("widgets").flatMap((file) => {
    const target = inRoot("dist", relative(root, dirname(file)))
    if (basename(file) === "index.ts") return bundle(file, `${target}.js`)
    if (basename(file) === "worker.ts") return bundle(file, `${target}.worker.js`, "iife")
    if (basename(file) === "style.css") return bundle(file, `${target}.css`)
    return []
  })
}

/**
 * Small, because a widget's module travels inside its state and is stored with every notebook.
 * @param {string} source
 * @param {string} target
 * @param {"esm" | "iife"} [format]
 */
function bundle(source, target, format = "esm") {
  if (existsSync(inRoot("src", relative(inRoot("dist"), target).replace(/\.js$/, ".ts"))))
    throw new SetupError(`${relative(root, source)} and a file of src/ both become ${relative(root, target)}`)
  return {
    entryPoints: [source],
    outfile: target,
    bundle: true,
    format,
    target: "es2022",
    minify: true,
    charset: /** @type {const} */ ("utf8"),
    legalComments: /** @type {const} */ ("none"),
    logLevel: /** @type {const} */ ("silent"),
  }
}

/**
 * All files below a folder of the repository.
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  if (!existsSync(inRoot(folder))) return []
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

await runAsProgram(import.meta.url, ensureBuild)
