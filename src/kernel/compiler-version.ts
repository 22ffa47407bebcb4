import { createRequire } from "node:module"

/** The version of the TypeScript that compiles cells, without loading it: that takes a while. */
export function compilerVersion(): string {
  const require = createRequire(import.meta.url)
  const fromTslab = createRequire(require.resolve("tslab/package.json"))
  return fromTslab("@tslab/typescript-for-tslab/package.json").version
}
