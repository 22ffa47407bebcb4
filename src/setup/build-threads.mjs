// The kernel's threads as one file each. Node takes about a millisecond for every module that it loads, a thread has
// sixty of them, and a front end waits for its first answer.
import { inRoot } from "./paths.mjs"

const threads = ["kernel/protocol-worker", "kernel/language/language-worker"]

/**
 * Node's `import` of a CommonJS module first searches its text for the names that it exports: the nine megabytes of
 * TypeScript for 0.2 s. Its `require` does not.
 * @type {import("esbuild").Plugin}
 */
const requiredTypescript = {
  name: "typescript by require",
  setup(build) {
    build.onResolve({ filter: /^typescript$/ }, ({ path }) => ({ path, namespace: "required" }))
    build.onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
      contents: `import { createRequire } from "node:module"
export default createRequire(import.meta.url)(${JSON.stringify(path)})`,
    }))
  },
}

/** Puts them in the place of what the compiler has made. They share no module with the thread that runs cells. */
export async function buildThreads() {
  const esbuild = await import("esbuild")
  for (const thread of threads)
    await esbuild.build({
      entryPoints: [inRoot("src", `${thread}.ts`)],
      outfile: inRoot("dist", `${thread}.js`),
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      packages: "external",
      plugins: [requiredTypescript],
      sourcemap: true,
      logLevel: "warning",
    })
}
