import { homedir } from "node:os"
import { join } from "node:path"

/** Where prelab keeps what it can get or make again: a folder of the user's own. */
export function cacheFolder(...parts: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "prelab", ...parts)
}
