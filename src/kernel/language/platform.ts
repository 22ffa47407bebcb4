import { builtinModules, createRequire } from "node:module"
import { dirname } from "node:path"

// What the language knows of the place where cells run. Here it is Node.

const nodeVersion = Number(process.versions.node.split(".")[0])

/** What this Node has of the language's library; `using` works in all, as the compiler writes it out. */
export function libraries(node = nodeVersion): string[] {
  const names = node >= 22 ? ["es2024", "es2025.iterator", "es2025.collection"] : ["es2023"]
  if (node >= 24) names.push("es2025.float16", "es2025.promise", "es2025.regexp", "esnext.error")
  return [...names, "esnext.disposable"].map((name) => `lib.${name}.d.ts`)
}

/** The language that this Node reads, but for `using`, which the compiler writes out for every version. */
export function languageTarget(node = nodeVersion): "ES2024" | "ES2025" {
  return node >= 24 ? "ES2025" : "ES2024"
}

/** The folder of the kernel's own @types, with those of Node. */
export function ownTypeRoot(): string {
  const require = createRequire(import.meta.url)
  return dirname(dirname(require.resolve("@types/node/package.json")))
}

/** What packages that have a variant for Node name it by: it is the one that Node loads. */
export const conditions: readonly string[] = ["node"]

/** The modules that are there without a package. */
export const builtIn: readonly string[] = builtinModules.filter((name) => !name.startsWith("_"))

/** Whether a module is taken to be there although nothing says where. What is not installed is not there. */
export function comesFromElsewhere(_specifier: string): boolean {
  return false
}
