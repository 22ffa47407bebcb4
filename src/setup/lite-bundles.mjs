// How esbuild makes scripts for a browser out of a kernel that is written for Node.
import { readFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { join, relative } from "node:path"
import { inRoot } from "./paths.mjs"

const lite = inRoot("src", "lite")
const { version, dependencies } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"))

/** What stands for Node's modules: files of src/lite/node, named as Node names them, with `-` for `/` and `_`. */
const insteadOfNode = new Set([
  "async_hooks",
  "buffer",
  "child_process",
  "crypto",
  "events",
  "fs",
  "fs/promises",
  "module",
  "os",
  "path",
  "perf_hooks",
  "string_decoder",
  "timers",
  "timers/promises",
  "url",
  "util",
  "vm",
  "worker_threads",
  "zlib",
])

/**
 * What stands for the files of src/ that are about a process of Node: files of src/lite, which export the same names.
 * @type {Record<string, string>}
 */
const insteadOfOurs = {
  "engines/available-engines.ts": "library/available-engines.ts",
  "engines/gpu/backend.ts": "library/backend.ts",
  "engines/gpu/native-webgpu.ts": "library/native-webgpu.ts",
  "engines/gpu/open-gpu.ts": "library/open-gpu.ts",
  "engines/gpu/vulkan-loader.ts": "library/vulkan-loader.ts",
  "engines/onnx/runtime.ts": "library/onnx-runtime.ts",
  "figures/png.ts": "library/png.ts",
  "formats/read-whole.ts": "library/read-whole.ts",
  "formats/write-file.ts": "library/write-file.ts",
  "formats/write-together.ts": "library/write-together.ts",
  "kernel/language/open-checker.ts": "language/open-checker.ts",
  "kernel/language/platform-transforms.ts": "language/platform-transforms.ts",
  "kernel/language/platform.ts": "language/platform.ts",
  "kernel/keep-listening.ts": "cells/keep-listening.ts",
  "kernel/own-frames.ts": "cells/own-frames.ts",
  "kernel/run/guard.ts": "cells/guard.ts",
  "kernel/run/module-meta.ts": "cells/module-meta.ts",
  "kernel/run/modules.ts": "cells/modules.ts",
  "kernel/run/source-positions.ts": "cells/source-positions.ts",
  "kernel/sigint-drain.ts": "cells/sigint-drain.ts",
  "kernel/tslab-versions.ts": "cells/tslab-versions.ts",
  "training/npm-pack.ts": "library/npm-pack.ts",
  "version.ts": "library/version.ts",
  "widgets/browser-scripts.ts": "library/browser-scripts.ts",
  "widgets/graph/load-dagre.ts": "library/load-dagre.ts",
}

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
      if (insteadOfNode.has(name)) return { path: join(lite, "node", `${name.replaceAll(/[/_]/g, "-")}.ts`) }
      if (kind === "require-call") return { path: name, namespace: "missing" }
      return { errors: [{ text: `no stand-in for ${path}` }] }
    })
    build.onLoad({ filter: /.*/, namespace: "missing" }, ({ path }) => ({
      contents: `module.exports = {} // ${path}`,
    }))
    build.onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, importer, resolveDir }) => {
      const file = relative(inRoot("src"), join(resolveDir, path)).replace(/\.js$/, ".ts")
      const instead = insteadOfOurs[file]
      // A stand-in may be made of what it stands for.
      if (instead === undefined || importer === join(lite, instead)) return undefined
      return { path: join(lite, instead) }
    })
    // It looks at functions of every kind, which must stay of their kind.
    build.onLoad({ filter: /node-inspect-extracted\/dist\/inspect\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(/async function\*?\(\)\{\}/g, '(0,eval)("($&)")'),
    }))
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
    // As callbacks of promises, through which the stand-in of AsyncLocalStorage carries what is current.
    supported: { "async-await": false, "async-generator": false, "for-await": false },
    minify: true,
    keepNames: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    define: {
      builtinsInBrowser: JSON.stringify([...insteadOfNode]),
      versionInBrowser: JSON.stringify(version),
      tslabInBrowser: JSON.stringify(dependencies.tslab),
      typescriptInBrowser: JSON.stringify(dependencies.typescript),
    },
    plugins: [insteads],
  }
}
