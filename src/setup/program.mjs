import { realpathSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { SetupError } from "./command.mjs"

/**
 * Runs `work` where this module is what node was called with, and exits with its status if it fails.
 * @param {string} module the caller's import.meta.url
 * @param {() => Promise<unknown>} work
 */
export async function runAsProgram(module, work) {
  if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(module)) await orExit(work)
}

/**
 * What `work` gives; says why it stopped and exits where the set-up cannot go on.
 * @template T
 * @param {() => Promise<T>} work
 */
export async function orExit(work) {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`${error.output}${error.message}\n`)
    process.exit(error.status)
  }
}
