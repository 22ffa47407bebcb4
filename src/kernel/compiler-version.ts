import { createRequire } from "node:module"

const require = createRequire(import.meta.url)

/** The version of the TypeScript that compiles cells, without loading it: that takes a while. */
export function compilerVersion(withTslab = false): string {
  if (!withTslab) return require("typescript/package.json").version
  const fromTslab = createRequire(require.resolve("tslab/package.json"))
  return fromTslab("@tslab/typescript-for-tslab/package.json").version
}
