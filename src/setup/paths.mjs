// Where things are in a checkout. Everything the set-up writes lies below `root`.
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "")

/** @param {...string} parts below the repository root */
export const inRoot = (...parts) => join(root, ...parts)

/**
 * A program of a Python environment.
 * @param {string} environment
 * @param {string} name
 */
export function binary(environment, name) {
  return process.platform === "win32"
    ? join(environment, "Scripts", `${name}.exe`)
    : join(environment, "bin", name)
}
