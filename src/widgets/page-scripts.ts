import { browserScripts } from "./browser-scripts.js"

/** What a page needs to run plans, in the order in which its worker runs it: gpu.js, then our own half. */
export function pageScripts(): Promise<Uint8Array[]> {
  return Promise.all([browserScripts["gpu.js"](), browserScripts["browser-engine"]()])
}
