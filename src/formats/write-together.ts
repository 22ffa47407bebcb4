import { randomBytes } from "node:crypto"
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
} from "node:fs"
import { mkdir, open, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { PrelabError } from "../error.js"

/** What a folder's journal says: temporary files, all complete, and the names that they are about to get. */
interface Journal {
  readonly files: readonly (readonly [temporary: string, name: string])[]
}

/**
 * Writes `<path><extension>` for every extension, so that a kill at any moment leaves the old files or the new ones, never some of each.
 *
 * No file system renames two files at once. So the new files are first written whole beside the old ones and flushed; then a journal,
 * `.<name>.saving`, appears in one step and says which they are: from here on the new files count. They get their names, and the journal
 * goes. Whoever was killed in between leaves the journal, and the next reader (`finishWriting`) or writer does the rest.
 *
 * @throws PrelabError when a file cannot be written; the old files are then still whole
 */
export async function writeTogether(
  path: string,
  contents: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const folder = dirname(path)
  const id = `${process.pid}-${randomBytes(6).toString("hex")}`
  const files = Object.entries(contents).map(([extension, data]) => {
    const name = basename(path) + extension
    return { name, temporary: `.${name}.${id}.tmp`, data }
  })
  const journal = `.${basename(path)}.saving.${id}.tmp`
  const journalData: Journal = { files: files.map(({ temporary, name }) => [temporary, name]) }
  const made: string[] = []
  const write = async (name: string, data: string | Uint8Array) => {
    made.push(name)
    await writeFlushed(join(folder, name), data)
  }
  try {
    await mkdir(folder, { recursive: true })
    clearLeftovers(folder, [...files.map(({ name }) => name), `${basename(path)}.saving`])
    for (const { temporary, data } of files) await write(temporary, data)
    await write(journal, JSON.stringify(journalData))
    announce(path, join(folder, journal))
  } catch (cause) {
    for (const name of made) await rm(join(folder, name), { force: true })
    if (cause instanceof PrelabError) throw cause
    throw new PrelabError("cannot write file", path, { cause })
  }
  // From here on the new files count, whatever happens.
  finishWriting(path)
  await rm(join(folder, journal), { force: true })
}

/**
 * Ends what a killed `writeTogether` began: the new files get their names. Does nothing where there is no journal.
 *
 * @param path the files' path without their extensions
 * @throws PrelabError when the folder cannot be written
 */
export function finishWriting(path: string): void {
  const journal = journalOf(path)
  const text = readIfThere(journal)
  if (text === undefined) return
  const folder = dirname(path)
  const stem = `${basename(path)}.`
  try {
    flushFolder(folder)
    for (const [temporary, name] of (JSON.parse(text) as Journal).files) {
      // A journal that somebody else put there must not move other files.
      const isOurs = name.startsWith(stem) && temporary.startsWith(`.${name}.`) && temporary.endsWith(".tmp")
      if (!isOurs || /[\\/]/.test(temporary)) throw new PrelabError("damaged journal of a save", journal)
      // Another process may do the same work at the same time.
      unlessGone(() => renameSync(join(folder, temporary), join(folder, name)))
    }
    flushFolder(folder)
    unlessGone(() => unlinkSync(journal))
  } catch (cause) {
    if (cause instanceof PrelabError) throw cause
    if (cause instanceof SyntaxError) throw new PrelabError("damaged journal of a save", journal, { cause })
    throw new PrelabError("unfinished save", journal, {
      hint: "its folder must be writable to finish it",
      cause,
    })
  }
}

function journalOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.saving`)
}

/** As often as two writers may meet. */
const attempts = 1000

/** Puts the journal in its place in one step; one that is there already is another save's and is finished first. */
function announce(path: string, temporary: string): void {
  flushFolder(dirname(path))
  for (let attempt = 0; ; attempt++) {
    try {
      linkSync(temporary, journalOf(path))
      break
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === "EEXIST" && attempt < attempts) finishWriting(path)
      else if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") {
        // A file system without links.
        renameSync(temporary, journalOf(path))
        break
      } else throw error
    }
  }
}

async function writeFlushed(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, "w")
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes new names last through a power cut. Windows has no such call. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return
  const file = openSync(folder, "r")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Removes temporary files that killed processes of this machine left. */
function clearLeftovers(folder: string, names: readonly string[]): void {
  const journals = readdirSync(folder).filter((file) => file.endsWith(".saving"))
  for (const file of readdirSync(folder)) {
    const name = names.find((each) => file.startsWith(`.${each}.`))
    const pid = name && /^(\d+)-[0-9a-f]+\.tmp$/.exec(file.slice(name.length + 2))?.[1]
    if (!pid || isAlive(Number(pid))) continue
    // What a journal names is no leftover: it is about to become the file.
    const isNamed = journals.some((journal) => readIfThere(join(folder, journal))?.includes(file))
    if (!isNamed) unlessGone(() => unlinkSync(join(folder, file)))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

function unlessGone(act: () => void): void {
  try {
    act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
}
