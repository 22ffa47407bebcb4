// What a kernel costs is what all of its processes hold: a checker in a process of its own counts too.
import { existsSync, readdirSync, readFileSync } from "node:fs"

const hasProc = existsSync("/proc/self/status")

/**
 * A process and everything below it, from /proc (elsewhere itself alone); pages that two of them share count twice, as in `ps`.
 * @param {number} root
 */
export function processTree(root) {
  if (!hasProc) return [root]
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(Number(name))]),
  )
  const tree = [root]
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child)
  return tree
}

/**
 * Resident memory of a process and everything below it, in MB; NaN where there is no /proc to read it from.
 * @param {number} root
 */
export function residentMb(root) {
  if (!hasProc) return Number.NaN
  return processTree(root).reduce((sum, pid) => sum + residentKb(pid), 0) / 1000
}

/** @param {number} pid */
function residentKb(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

/** @param {number} pid */
function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return "" // it has ended since the folder was listed
  }
}
