import { existsSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { log } from "./log.js"

/** What an installation has to export, in this file, so that another one can start its kernel. */
interface Startable {
  runKernel(connectionFile: string): Promise<void>
}

const entry = join("dist", "cli", "run-kernel.js")

/**
 * The installation that a notebook's project has for itself, so that notebooks keep their version whatever is
 * installed globally: `node_modules/prelab` in the folder or above it. Undefined where that is `ownRoot`, or nothing
 * that can be started, or where PRELAB_LOCAL says no.
 */
export async function findLocalInstall(
  ownRoot: string,
  folder = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<Startable | undefined> {
  if (env.PRELAB_LOCAL === "0") return undefined
  const root = nearestInstall(folder)
  if (root === undefined || realpathSync(root) === realpathSync(ownRoot)) return undefined
  try {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    const found: Partial<Startable> = await import(pathToFileURL(join(root, entry)).href)
    if (typeof found.runKernel !== "function") throw new Error(`${entry} exports no runKernel`)
    log(`the notebook's own prelab ${version} runs: ${root}`)
    return found as Startable
  } catch (error) {
    const [line] = (error as Error).message.split("\n")
    log(`the notebook's own prelab cannot run, so another one does: ${root}: ${line}`)
    return undefined
  }
}

function nearestInstall(folder: string): string | undefined {
  const root = join(folder, "node_modules", "prelab")
  if (existsSync(join(root, "package.json"))) return root
  const above = dirname(folder)
  return above === folder ? undefined : nearestInstall(above)
}
