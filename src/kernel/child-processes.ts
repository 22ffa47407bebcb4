import { readdirSync, readFileSync } from "node:fs"

interface ProcessRow {
  pid: number
  parent: number
  group: number
  /** Seconds since the machine has started. */
  started: number
}

/** The unit of times in /proc, on every Linux that there is. */
const ticksPerSecond = 100

/** Times in /proc are rounded down to whole ticks. */
const tolerance = 2 / ticksPerSecond

/**
 * Signals the processes that cells have started, as Ctrl-C in a terminal signals a whole group: execSync returns
 * only when its command has ended. Those that were started detached are left alone, and so are those older than
 * `maxAgeMs`: servers of earlier cells, and the kernel's own helpers. Elsewhere than on Linux nothing is signalled.
 */
export function signalChildren(signal: NodeJS.Signals, maxAgeMs: number): void {
  if (process.platform !== "linux") return
  const oldest = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) - maxAgeMs / 1000 - tolerance
  const rows = processRows()
  const group = rows.find(({ pid }) => pid === process.pid)?.group
  const below = new Set(descendants(rows, process.pid))
  // A command may have ended before what it started: that is nobody's child then, and may hold the output open. Where
  // the group is ours, as Jupyter starts kernels, all in it are.
  const isOurs = (row: ProcessRow) => below.has(row) || (group === process.pid && row.pid !== process.pid)
  for (const { pid, started } of rows.filter((row) => row.group === group && isOurs(row))) {
    if (started < oldest) continue
    try {
      process.kill(pid, signal)
    } catch (error) {
      // It has ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
    }
  }
}

function descendants(rows: ProcessRow[], pid: number): ProcessRow[] {
  const children = rows.filter(({ parent }) => parent === pid)
  return children.flatMap((child) => [child, ...descendants(rows, child.pid)])
}

function processRows(): ProcessRow[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      return [parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))]
    } catch {
      // A process may end between the two readings.
      return []
    }
  })
}

/** The name, in brackets, may hold anything; the fields behind it are numbers. */
function parseStat(text: string): ProcessRow {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    started: Number(fields[19]) / ticksPerSecond,
  }
}
