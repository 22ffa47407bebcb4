import { createRequire } from "node:module"

/** The version strings of tslab and its dependencies. */
export interface Versions {
  tslab: string
  typescript: string
  node: string
}

const require = createRequire(import.meta.url)

/** The versions that this kernel has of what tslab names. */
export const versions: Versions = {
  tslab: require("tslab/package.json").version,
  typescript: require("typescript/package.json").version,
  node: process.version,
}
