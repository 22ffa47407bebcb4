// What a kernel in a browser has beside its scripts: the files of the package that it reads, and what it may fetch later.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, join } from "node:path"
import { inRoot } from "./paths.mjs"

/** Scripts for pages, several megabytes: `src/lite/assets.ts` knows their names. */
const assets = ["plotly.js/plotly.min.js", "gpu.js/dist/gpu-browser.min.js"]

/**
 * Writes `files.json`, for `mountFiles`, and the folder `assets`, of which `setAssets` speaks. The widgets must have been built.
 * @param {string} folder
 */
export function writeFiles(folder) {
  mkdirSync(join(folder, "assets"), { recursive: true })
  writeFileSync(join(folder, "files.json"), JSON.stringify(filesPack()))
  const { resolve } = createRequire(import.meta.url)
  for (const asset of assets) copyFileSync(resolve(asset), join(folder, "assets", basename(asset)))
}

/**
 * The text of each file that the library reads while it runs, by its path in the package.
 * @returns {Record<string, string>}
 */
export function filesPack() {
  const protos = readdirSync(inRoot("proto")).map((name) => `proto/${name}`)
  const built = readdirSync(inRoot("dist", "widgets"))
  // A front end has a style sheet; the other modules are the kernel's half.
  const fronts = built.filter((name) => name.endsWith(".css")).map((name) => name.slice(0, -".css".length))
  const widgets = [
    ...fronts.flatMap((name) => [`${name}.js`, `${name}.css`]),
    ...built.filter((name) => name.endsWith(".worker.js")),
  ].map((name) => `dist/widgets/${name}`)
  return Object.fromEntries(
    ["package.json", ...protos, ...widgets].map((path) => [path, readFileSync(inRoot(path), "utf8")]),
  )
}
