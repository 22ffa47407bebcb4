import { PrelabError } from "../../error.js"
import { builtins } from "./builtins.js"

/** Packages as ES modules, each with what it needs itself; another one can be set in `jupyter-lite.json`. */
const usualCdn = "https://cdn.jsdelivr.net/npm/{name}/+esm"

let cdn = usualCdn

/** @param pattern an address with `{name}` for what a cell imports, such as `d3@7` or `d3-array@3/src/mean.js` */
export function setCdn(pattern: string | undefined): void {
  cdn = pattern ?? usualCdn
}

/** Where the browser finds what a cell imports and nobody has for it here. */
export function addressOf(specifier: string): string {
  if (/^(https?|blob|data):/.test(specifier)) return specifier
  if (specifier.startsWith("node:")) throw new PrelabError("not in a browser", specifier)
  return cdn.replace("{name}", specifier.replace(/^npm:/, ""))
}

/** @throws PrelabError where there is no such package, or no network */
export async function importPackage(specifier: string): Promise<object> {
  const builtin = builtins.get(specifier)
  if (builtin) return builtin
  const address = addressOf(specifier)
  try {
    return (await import(address)) as object
  } catch (cause) {
    throw new PrelabError("cannot import", specifier, { cause, hint: `it is looked for at ${address}` })
  }
}
