import { dirname } from "node:path"
import { pathToFileURL } from "node:url"
import { addressOf } from "./packages.js"

/** What `import.meta` is in a cell or file. */
export function moduleMeta(file: string) {
  const { href } = pathToFileURL(file)
  const resolve = (specifier: string) =>
    /^\.{0,2}\//.test(specifier) ? new URL(specifier, href).href : addressOf(specifier)
  return { url: href, filename: file, dirname: dirname(file), resolve }
}
