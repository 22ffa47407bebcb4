import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)

/** Scripts that a page gets when it needs them: too large for each widget's module. */
export const browserScripts = {
  plotly: () => readFile(require.resolve("plotly.js/plotly.min.js")),
  /** The file that its package has for browsers. */
  "gpu.js": () => readFile(require.resolve("gpu.js/dist/gpu-browser.min.js")),
  /** The half of the engine `browser` that computes. */
  "browser-engine": () => readFile(new URL("../../dist/widgets/browser-engine.worker.js", import.meta.url)),
} satisfies Record<string, () => Promise<Uint8Array>>
