import { packageFolder } from "../tree.js"

// What the language knows of the place where cells run: a worker of a browser.

/**
 * The language's library as every browser of the last year has it, and a worker's own. A page's would be three times
 * as long, and have a `document`, which no cell finds.
 */
export function libraries(): string[] {
  const names = ["es2025", "esnext.disposable", "webworker"]
  return names.map((name) => `lib.${name}.d.ts`)
}

/** The language that such a browser reads. */
export function languageTarget(): "ES2024" | "ES2025" {
  return "ES2025"
}

/** The folder of the kernel's own @types, among them what a page has of Node. */
export function ownTypeRoot(): string {
  return `${packageFolder}/node_modules/@types`
}

/** The variants of packages that are for Node are not for here. */
export const conditions: readonly string[] = []

/** What there is of Node's modules has no types here. */
export const builtIn: readonly string[] = []

/** Whether a module is taken to be there although nothing says where: the network has packages, and no types. */
export function comesFromElsewhere(specifier: string): boolean {
  return !isPath(specifier)
}

/** Whether a specifier leads to a file of the reader's. */
export function isPath(specifier: string): boolean {
  return /^(\.{0,2}\/|file:|\.{1,2}$)/.test(specifier)
}
