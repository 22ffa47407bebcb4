import { isBuiltin } from "node:module"
import { dirname } from "node:path"
import { pathToFileURL } from "node:url"

/** What `import.meta` is in a cell or file. */
export function moduleMeta(file: string, require: NodeJS.Require) {
  const { href } = pathToFileURL(file)
  const resolve = (specifier: string): string => {
    if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`
    // As in Node, what is no package is not looked for.
    if (/^(\.{0,2}\/|[a-z][a-z\d+.-]*:)/i.test(specifier)) return new URL(specifier, href).href
    return pathToFileURL(require.resolve(specifier)).href
  }
  return { url: href, filename: file, dirname: dirname(file), resolve }
}
