import { resolve } from "pathe"
import { tree } from "../tree.js"
import { errno } from "./errno.js"
import { Stats } from "./stats.js"
import { fileURLToPath } from "./url.js"

export { closeSync, fstatSync, openSync, readSync } from "./descriptors.js"

// Node's synchronous file functions over the thread's tree, as far as prelab and TypeScript use them. Where a file is
// is asked of `fs/promises`, which also reaches what only the page has.

type PathLike = string | URL
type Encoding = string | { encoding?: string | null; throwIfNoEntry?: boolean } | null | undefined

export function pathOf(path: PathLike): string {
  return resolve(typeof path === "string" ? path : fileURLToPath(path))
}

export function encodingOf(options: Encoding): string | undefined {
  return (typeof options === "string" ? options : options?.encoding) ?? undefined
}

/** The bytes as a caller wants them. */
export function decoded(bytes: Uint8Array, options: Encoding): Uint8Array | string {
  return encodingOf(options) === undefined ? Buffer.from(bytes) : new TextDecoder().decode(bytes)
}

export function encoded(data: string | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return new TextEncoder().encode(data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
}

export function existsSync(path: PathLike): boolean {
  const at = pathOf(path)
  return tree.file(at) !== undefined || tree.isFolder(at)
}

export function readFileSync(path: PathLike, options?: Encoding): Uint8Array | string {
  const at = pathOf(path)
  const file = tree.file(at)
  if (!file) throw errno(tree.isFolder(at) ? "EISDIR" : "ENOENT", "open", at)
  return decoded(file.bytes, options)
}

export function writeFileSync(path: PathLike, data: string | ArrayBufferView): void {
  const at = pathOf(path)
  if (tree.isFolder(at)) throw errno("EISDIR", "open", at)
  tree.write(at, encoded(data))
}

export function appendFileSync(path: PathLike, data: string | ArrayBufferView): void {
  const before = tree.file(pathOf(path))?.bytes ?? new Uint8Array(0)
  const more = encoded(data)
  const whole = new Uint8Array(before.length + more.length)
  whole.set(before)
  whole.set(more, before.length)
  writeFileSync(path, whole)
}

export function statSync(path: PathLike, options: { throwIfNoEntry?: boolean } = {}): Stats | undefined {
  const at = pathOf(path)
  const file = tree.file(at)
  if (file) return new Stats(false, file.bytes.length, file.changed)
  if (tree.isFolder(at)) return new Stats(true, 0, 0)
  if (options.throwIfNoEntry === false) return undefined
  throw errno("ENOENT", "stat", at)
}

export const lstatSync = statSync

export function readdirSync(path: PathLike, options: { withFileTypes?: boolean } = {}): unknown[] {
  const at = pathOf(path)
  if (!tree.isFolder(at)) throw errno(tree.file(at) ? "ENOTDIR" : "ENOENT", "scandir", at)
  const names = tree.list(at)
  if (!options.withFileTypes) return names
  return names.map((name) => {
    const isFolder = tree.isFolder(`${at === "/" ? "" : at}/${name}`)
    return { name, parentPath: at, isFile: () => !isFolder, isDirectory: () => isFolder }
  })
}

export function mkdirSync(path: PathLike, _options?: { recursive?: boolean }): void {
  tree.makeFolder(pathOf(path))
}

/** A folder of one's own: the prefix, and what makes it another one. */
export function mkdtempSync(prefix: string): string {
  const path = `${pathOf(prefix)}${crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36).padStart(6, "0").slice(-6)}`
  tree.makeFolder(path)
  return path
}

export function rmSync(path: PathLike, options: { force?: boolean; recursive?: boolean } = {}): void {
  const at = pathOf(path)
  if (options.recursive && tree.isFolder(at)) tree.removeFolder(at)
  else if (!tree.remove(at) && !options.force) throw errno("ENOENT", "rm", at)
}

export function unlinkSync(path: PathLike): void {
  rmSync(path)
}

export function copyFileSync(from: PathLike, to: PathLike): void {
  writeFileSync(to, readFileSync(from) as Uint8Array)
}

/** Whatever is there may be read and written. */
export function accessSync(path: PathLike): void {
  statSync(path)
}

export function renameSync(from: PathLike, to: PathLike): void {
  writeFileSync(to, readFileSync(from) as Uint8Array)
  rmSync(from)
}

export function realpathSync(path: PathLike): string {
  const at = pathOf(path)
  if (!existsSync(at)) throw errno("ENOENT", "realpath", at)
  return at
}
realpathSync.native = realpathSync

/** The console of the browser, not that of the cells, which comes later. */
const { warn } = console

/** Descriptor 2, where the kernel's log goes. */
export function writeSync(_descriptor: number, text: string): void {
  warn(text.trimEnd())
}

/** Nothing changes a tree but its own thread. */
export function watch(): { on(): void; close(): void } {
  return { on: () => undefined, close: () => undefined }
}

export default {
  ...{ existsSync, readFileSync, writeFileSync, appendFileSync, statSync, lstatSync, readdirSync },
  ...{ mkdirSync, mkdtempSync, rmSync, unlinkSync, renameSync, copyFileSync, accessSync, realpathSync },
  ...{ writeSync, watch },
}
