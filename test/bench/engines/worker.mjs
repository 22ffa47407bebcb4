// A contestant's own process in Node: answers each line of JSON with one. Nobody pays here for another's garbage.
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { asBase64, openCase, timeRuns } from "./turns.mjs"

/** @typedef {import("./contestant.mjs").Case} Case */
/** @typedef {import("./contestant.mjs").Opened} Opened */
/** @typedef {{ open: Case } | { time: string, leastMs: number } | { close: string }} Question */

const [module, options] = process.argv.slice(2)
/** @type {Map<string, Opened>} */
const opened = new Map()

/** @param {Question} question */
async function answer(question) {
  if ("open" in question) {
    const { open } = question
    const load = async () => (await import(module)).opener(JSON.parse(options))
    const { result, ...times } = await openCase(load, open, (name) => readFile(join(open.folder, name)))
    opened.set(open.id, result)
    return { ...times, ran: result.ran, outputs: asBase64(await result.outputs()) }
  }
  if ("time" in question) return timeRuns(of(question.time), question.leastMs)
  await of(question.close).close()
  opened.delete(question.close)
  return {}
}

/** @param {string} id */
function of(id) {
  const found = opened.get(id)
  if (!found) throw new Error(`no such case: ${id}`)
  return found
}

process.stdout.write("ready\n")
for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ error: String(error?.message ?? error) }))
  process.stdout.write(`answer ${JSON.stringify(said)}\n`)
}
for (const [, each] of opened) await each.close()
process.exit()
