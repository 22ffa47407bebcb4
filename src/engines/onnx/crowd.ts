import { readFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"

/** How often it is looked: others that run for a moment only do not count. */
const looks = 3

/**
 * Whether others want the processors that so many threads of ours would keep busy. Asked now where the system tells:
 * the load average remembers a minute, and in it this process.
 */
export async function isCrowded(threads: number, processors = cpus().length): Promise<boolean> {
  let others = Number.POSITIVE_INFINITY
  for (let look = 0; look < looks; look++) {
    if (look > 0) await new Promise(setImmediate)
    others = Math.min(others, othersWanting())
  }
  return others + threads > processors
}

/** Threads beside this one that run or wait for a processor. */
function othersWanting(): number {
  if (process.platform !== "linux") return loadavg()[0]!
  return Math.max(0, wantingIn(readFileSync("/proc/loadavg", "latin1")) - 1)
}

/** How many threads want a processor, from the text of Linux's /proc/loadavg: `0.20 0.18 0.12 3/123 4567`, see proc(5). */
export function wantingIn(text: string): number {
  return Number(/ (\d+)\/\d+ /.exec(text)?.[1] ?? 1)
}
