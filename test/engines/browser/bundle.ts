import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const folder = fileURLToPath(new URL("../../../widgets/browser-engine/", import.meta.url))

async function bundle(entry: string, format: "esm" | "iife" = "esm"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${folder}${entry}`],
    bundle: true,
    format,
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "silent",
  })
  return outputFiles[0]!.text
}

/** The widget as `npm run build` bundles it. */
export async function bundled(): Promise<{ esm: string; css: string }> {
  return { esm: await bundle("index.ts"), css: await bundle("style.css") }
}

/** The scripts that a page is given. */
export async function bundledScripts(): Promise<Uint8Array[]> {
  const gpuJs = createRequire(import.meta.url).resolve("gpu.js/dist/gpu-browser.min.js")
  return [readFileSync(gpuJs), Buffer.from(await bundle("worker.ts", "iife"))]
}
