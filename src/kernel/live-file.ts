import { type FSWatcher, readFileSync, watch } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { outsideOfCells } from "../outside-of-cells.js"

/** An editor writes a file in several steps; milliseconds without another one are its end. */
const calm = 40

/** The file that a front end's source names, if it is one: a `file:` URL, or a path that ends as such. */
export function fileNamed(source: string | URL): string | undefined {
  if (source instanceof URL && source.protocol !== "file:") return undefined
  if (source instanceof URL || source.startsWith("file:")) return fileURLToPath(source)
  // Source text has more lines, or characters that no path ends with.
  return /^(?!https?:)[^\n;{}]+\.(m?js|css)$/.test(source) ? resolve(source) : undefined
}

/** @throws PrelabError where it cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (cause) {
    throw new PrelabError("cannot read front end", file, { cause, hint: `paths begin at ${process.cwd()}` })
  }
}

/**
 * Calls back with a file's new text whenever it is saved, until the function that it gives is called. It keeps no
 * process alive.
 */
export function watchText(file: string, changed: (text: string) => void): () => void {
  let known = readText(file)
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    let text: string
    try {
      text = readFileSync(file, "utf8")
    } catch {
      // Between two steps of an editor that writes another file and renames it.
      return
    }
    if (text === known || text === "") return
    known = text
    changed(text)
  }
  // The folder, because a file that is replaced would be watched no more.
  const watcher: FSWatcher = outsideOfCells(() =>
    watch(dirname(file), { persistent: false }, (_, name) => {
      if (name !== null && name !== basename(file)) return
      clearTimeout(timer)
      timer = setTimeout(look, calm)
      timer.unref()
    }),
  )
  // A folder that is removed has nothing to tell any more.
  watcher.on("error", () => watcher.close())
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
