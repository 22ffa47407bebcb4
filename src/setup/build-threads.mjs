// The kernel's threads as one file each. Node takes about a millisecond for every module that it loads, a thread has
// sixty of them, and a front end waits for its first answer.
import { inRoot } from "./paths.mjs"

const threads = ["kernel/protocol-worker", "kernel/language/language-worker"]

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
      sourcemap: true,
      logLevel: "warning",
    })
}
