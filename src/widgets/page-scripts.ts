import { readFile } from "node:fs/promises"
import { browserScript } from "../engines/gpu/load-gpu-js.js"

/** What a page needs to run plans, in the order in which its worker runs it: gpu.js, then our own half. */
export function pageScripts(): Promise<Uint8Array[]> {
  const worker = new URL("../../dist/widgets/browser-engine.worker.js", import.meta.url)
  return Promise.all([readFile(browserScript()), readFile(worker)])
}
