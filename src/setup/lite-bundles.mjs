// How esbuild makes scripts for a browser out of a kernel that is written for Node.
import { readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { join, relative } from "node:path"
import { inRoot } from "./paths.mjs"

const lite = inRoot("src", "lite")

/** What stands for Node's modules: files of src/lite/node, named as Node names them, with `-` for `/`. */
const insteadOfNode = new Set([
  "fs",
  "fs/promises",
  "path",
  "url",
])

/**
 * What stands for the files of src/ that are about a process of Node: files of src/lite, which export the same names.
 * @type {Record<string, string>}
 */
const insteadOfOurs = {}

/** @type {import("esbuild").Plugin} */
const insteads = {
  name: "instead",
  setup(build) {
    const builtin = new Set(builtinModules)
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?$/ }, ({ path, importer, kind }) => {
      const name = path.replace(/^node:/, "")
      if (!builtin.has(name) && !path.startsWith("node:")) return undefined
      // The package of that name, for the stand-ins themselves.
      if (!path.startsWith("node:") && importer.startsWith(lite)) return undefined
      if (insteadOfNode.has(name)) return { path: join(lite, "node", `${name.replace("/", "-")}.ts`) }
      if (kind === "require-call") return { path: name, namespace: "missing" }
      return { errors: [{ text: `no stand-in for ${path}` }] }
    })
    build.onLoad({ filter: /.*/, namespace: "missing" }, ({ path }) => ({
      contents: `module.exports = {} // ${path}`,
    }))
    build.onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, resolveDir }) => {
      const file = relative(inRoot("src"), join(resolveDir, path)).replace(/\.js$/, ".ts")
      const instead = insteadOfOurs[file]
      return instead === undefined ? undefined : { path: join(lite, instead) }
    })
    // Files of the package are looked for beside the module that names them.
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8")
      const module = relative(inRoot("src"), path).replace(/\.ts$/, ".js")
      const url = JSON.stringify(`file:///prelab/dist/${module}`)
      return { contents: text.replaceAll("import.meta.url", url), loader: "ts" }
    })
  },
}

/**
 * One script for the browser.
 * @param {string} entry below src/lite
 * @param {string} target
 * @returns {import("esbuild").BuildOptions}
 */
export function liteBundle(entry, target) {
  return {
    entryPoints: [join(lite, entry)],
    outfile: target,
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    keepNames: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    plugins: [insteads],
  }
}
