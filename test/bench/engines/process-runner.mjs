// A contestant in a process of its own, spoken to line by line.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { residentMb } from "../process-tree.mjs"
import { fromBase64 } from "./turns.mjs"

/** Nothing that is measured here takes this long; what does is stuck. */
const limitMs = 180_000

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<import("./contestant.mjs").Runner>}
 */
export async function startProcess(command, args, env = process.env) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said = (said + text).slice(-2000)
  })
  const ended = new Promise((resolve) => child.on("close", resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  /** The rest of the next line that starts so; libraries print too. @param {string} start */
  async function nextLine(start) {
    const timer = setTimeout(() => child.kill("SIGKILL"), limitMs)
    try {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`its process ended${said ? `: ${said.trim().split("\n").at(-1)}` : ""}`)
        if (value.startsWith(start)) return value.slice(start.length)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** @param {object} question */
  async function ask(question) {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const answer = JSON.parse(await nextLine("answer "))
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  child.stdin.on("error", () => {}) // its end is told by the missing answer
  await nextLine("ready")
  return {
    async open(given) {
      const { outputs, ...answer } = await ask({ open: given })
      return { ...answer, outputs: fromBase64(outputs) }
    },
    time: async (id, leastMs) => (await ask({ time: id, leastMs })).times,
    close: async (id) => ask({ close: id }),
    memoryMb: () => residentMb(Number(child.pid)),
    async end() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000)
      await ended
      clearTimeout(timer)
    },
  }
}
