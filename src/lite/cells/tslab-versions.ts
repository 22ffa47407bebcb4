import type { Versions } from "../../kernel/tslab-versions.js"

declare const tslabInBrowser: string
declare const typescriptInBrowser: string

/** Of tslab, whose functions are the kernel's own here as in Node; there is no Node. */
export const versions: Versions = {
  tslab: tslabInBrowser,
  typescript: typescriptInBrowser,
  node: process.version,
}
