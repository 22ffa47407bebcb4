import { spawn } from "node:child_process"
import { PrelabError } from "../error.js"
import { leadsGroup } from "./activity.js"

export interface ShellOptions {
  /** The folder it runs in; by default the notebook's. */
  cwd?: string
}

/**
 * Runs a command line as a terminal would: `await shell("npm install nanoid")`. What it writes appears below the cell
 * as it comes; stopping the cell stops it. Packages that it installs can be imported at once.
 * @throws PrelabError where the command fails, with its exit status
 */
export async function shell(command: string, options: ShellOptions = {}): Promise<void> {
  const child = spawn(command, {
    shell: true,
    stdio: ["ignore", "inherit", "inherit"],
    // Its own group, so that a Stop reaches what the shell has started.
    detached: process.platform !== "win32",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  leadsGroup(child)
  const [status, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", (cause) => reject(new PrelabError("command does not start", command, { cause })))
    child.once("close", (...how) => resolve(how))
  })
  if (signal !== null) throw new PrelabError(`command ended by ${signal}`, command)
  if (status !== 0) throw new PrelabError(`command failed with status ${status}`, command)
}
