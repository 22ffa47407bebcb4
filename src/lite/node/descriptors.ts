import { tree } from "../tree.js"
import { errno } from "./errno.js"
import { Stats } from "./stats.js"

// Node's file descriptors, for reading parts of files in the thread's tree.

const open = new Map<number, string>()
let last = 2

export function openSync(path: string, _flags?: string): number {
  if (!tree.file(path)) throw errno(tree.isFolder(path) ? "EISDIR" : "ENOENT", "open", path)
  open.set(++last, path)
  return last
}

export function closeSync(descriptor: number): void {
  open.delete(descriptor)
}

export function fstatSync(descriptor: number): Stats {
  const file = fileOf(descriptor)
  return new Stats(false, file.bytes.length, file.changed)
}

/** @returns how many bytes there were from `position` on, at most `length` */
export function readSync(
  descriptor: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number {
  const part = fileOf(descriptor).bytes.subarray(position, position + length)
  into.set(part, offset)
  return part.length
}

function fileOf(descriptor: number) {
  const file = tree.file(open.get(descriptor) ?? "")
  if (!file) throw errno("ENOENT", "read", open.get(descriptor) ?? String(descriptor))
  return file
}
