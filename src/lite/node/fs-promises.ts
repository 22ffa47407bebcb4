import { drive, onDrive } from "../drive.js"
import { tree } from "../tree.js"
import { errno } from "./errno.js"
import {
  decoded,
  encoded,
  mkdtempSync,
  pathOf,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "./fs.js"
import { Stats } from "./stats.js"

// Node's promised file functions, as far as prelab uses them: the reader's files are the page's to read and write, the
// package's lie in the thread's tree.

type PathLike = string | URL

export async function readFile(
  path: PathLike,
  options?: Parameters<typeof readFileSync>[1],
): Promise<Uint8Array | string> {
  const at = pathOf(path)
  const own = onDrive(at)
  return own === undefined
    ? readFileSync(at, options)
    : decoded(await drive().ask({ op: "read", path: own }), options)
}

export async function writeFile(path: PathLike, data: string | ArrayBufferView): Promise<void> {
  const at = pathOf(path)
  const own = onDrive(at)
  if (own === undefined) tree.write(at, encoded(data))
  else await drive().ask({ op: "write", path: own, bytes: encoded(data) })
}

/** A file that is written: its bytes leave when it is closed. */
export async function open(path: PathLike, _flags?: string): Promise<FileHandle> {
  return new FileHandle(pathOf(path))
}

class FileHandle {
  #parts: Uint8Array[] = []

  constructor(readonly path: string) {}

  async writeFile(data: string | ArrayBufferView): Promise<void> {
    this.#parts.push(encoded(data))
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    await writeFile(this.path, Buffer.concat(this.#parts))
  }
}

export async function stat(path: PathLike): Promise<Stats> {
  const at = pathOf(path)
  const own = onDrive(at)
  if (own === undefined) return statSync(at)!
  const found = await drive().ask({ op: "stat", path: own })
  if (!found) throw errno("ENOENT", "stat", at)
  return new Stats(found.isFolder, found.bytes, found.changed)
}

export const lstat = stat

/** Whatever is there may be read and written. */
export async function access(path: PathLike): Promise<void> {
  await stat(path)
}

export async function readdir(path: PathLike, options: { withFileTypes?: boolean } = {}): Promise<unknown[]> {
  const at = pathOf(path)
  const own = onDrive(at)
  if (own === undefined) return readdirSync(at, options)
  const entries = await drive().ask({ op: "list", path: own })
  if (!options.withFileTypes) return entries.map(({ name }) => name)
  return entries.map(({ name, isFolder }) => {
    return { name, parentPath: at, isFile: () => !isFolder, isDirectory: () => isFolder }
  })
}

/** Folders above are made too, whatever is asked. */
export async function mkdir(path: PathLike, _options?: { recursive?: boolean }): Promise<void> {
  const own = onDrive(pathOf(path))
  if (own === undefined) tree.makeFolder(pathOf(path))
  else if (own !== "") await drive().ask({ op: "makeFolder", path: own })
}

/** In the thread's tree, which goes with the thread. */
export async function mkdtemp(prefix: string): Promise<string> {
  return mkdtempSync(prefix)
}

export async function copyFile(from: PathLike, to: PathLike): Promise<void> {
  await writeFile(to, (await readFile(from)) as Uint8Array)
}

export async function rename(from: PathLike, to: PathLike): Promise<void> {
  const [path, target] = [onDrive(pathOf(from)), onDrive(pathOf(to))]
  if (path === undefined || target === undefined) renameSync(from, to)
  else await drive().ask({ op: "rename", path, to: target })
}

export async function rm(
  path: PathLike,
  options: { force?: boolean; recursive?: boolean } = {},
): Promise<void> {
  const at = pathOf(path)
  const own = onDrive(at)
  if (own === undefined) return rmSync(at, options)
  const found = await drive().ask({ op: "stat", path: own })
  if (found) await drive().ask({ op: "remove", path: own })
  else if (!options.force) throw errno("ENOENT", "rm", at)
}

export async function unlink(path: PathLike): Promise<void> {
  await rm(path)
}

export default {
  ...{
    readFile,
    writeFile,
    open,
    stat,
    lstat,
    access,
    readdir,
    mkdir,
    mkdtemp,
    copyFile,
    rename,
    rm,
    unlink,
  },
}
