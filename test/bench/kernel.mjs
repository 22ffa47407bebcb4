// How long does a kernel let its reader wait, and what does it cost? From the start to the first answer and the first
// result, cells from trivial to full of types, completion and inspect (also while a cell computes), much output, memory.
// Peers: tslab (type-checked cells, TypeScript 5.0), Deno (no type check) and ipykernel (Python), each in the process
// its kernel.json names. All kernels of a round live at the same time and take turns, in the other direction every
// other time, so that a slow minute of the machine is everybody's. Ratios are taken within a round.
import { setTimeout as pause } from "node:timers/promises"
import { KernelClient } from "./kernel-client.mjs"
import { contestants } from "./kernel-contestants.mjs"
import { report } from "./kernel-report.mjs"
import { startMeasures, turns } from "./kernel-turns.mjs"

/** @typedef {import("./kernel-contestants.mjs").Contestant} Contestant */
/** @typedef {import("./kernel-turns.mjs").Values} Values */
/** @typedef {{ contestant: Contestant, program: import("./kernel-client.mjs").Program, rounds: Values[], language: string, failedStarts: number }} Entry */

const usage = `npm run bench -- kernel [--rounds N] [--json] [--only NAME]...
  NAME is a contestant (${Object.keys(contestants).join(", ")})
  or a turn (start, ${turns.map(({ name }) => name).join(", ")})`

/** @param {string[]} args */
function parseOptions(args) {
  const options = { rounds: 5, json: false, only: /** @type {string[]} */ ([]) }
  const rest = [...args]
  const value = () => rest.shift() ?? ""
  while (rest.length > 0) {
    const name = rest.shift()
    if (name === "--json") options.json = true
    else if (name === "--rounds") options.rounds = Number(value())
    else if (name === "--only") options.only.push(value())
    else throw new Error(`bench: unknown option: ${name}\n${usage}`)
  }
  const known = [...Object.keys(contestants), "start", ...turns.map(({ name }) => name)]
  const unknown = options.only.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`bench: nothing of this name: ${unknown}\n${usage}`)
  if (!(Number.isInteger(options.rounds) && options.rounds > 0))
    throw new Error(`bench: invalid number of rounds\n${usage}`)
  return options
}

/**
 * Those that are named, or all where none is.
 * @template {{ name: string }} T
 * @param {T[]} all
 * @param {string[]} names
 */
function chosen(all, names) {
  const some = all.filter(({ name }) => names.includes(name))
  return some.length > 0 ? some : all
}

/**
 * A kernel that has answered and run its first cell. One that does not get there is counted, and started again.
 * @param {Entry} entry
 */
async function start(entry) {
  const { program, contestant } = entry
  for (;;) {
    try {
      const { client, ready, info } = await KernelClient.start(program)
      const { ms: firstCell } = await client.execute(contestant.language.first)
      return { client, info, values: { ready, firstCell, firstResult: ready + firstCell } }
    } catch (error) {
      process.stderr.write(`\n${error}\n`)
      if (++entry.failedStarts > 3) throw error
    }
  }
}

/**
 * Who is timed on checked cells has to check them: a type error in each kind of cell must be refused, by us as such.
 * @param {KernelClient} client
 * @param {Contestant} contestant
 */
async function assertChecked(client, { title, checks, isOurs, language }) {
  if (!checks) return
  for (const cell of language.wrong) {
    const code = cell(client.number())
    // tslab aborts unseen what comes within 200 ms of an error.
    await pause(300)
    const { content } = await client.execute(code, { mayFail: true })
    const isRefused = content.status === "error" && (!isOurs || /^TS\d+$/.test(String(content.ename)))
    if (!isRefused) throw new Error(`bench: ${title} did not refuse a type error:\n${code}`)
  }
}

/**
 * What a turn gives. Peers do fail at times, under load above all; the others' figures need not be lost with theirs.
 * @param {typeof turns[number]} turn
 * @param {KernelClient} client
 * @param {Contestant} contestant
 * @returns {Promise<Values>}
 */
async function play({ measures, run }, client, contestant) {
  try {
    return await run(client, contestant)
  } catch (error) {
    if (contestant.isOurs) throw error
    process.stderr.write(`\n${error}\n`)
    return Object.fromEntries(Object.keys(measures).map((name) => [name, "failed"]))
  }
}

/**
 * All kernels of one round, turn by turn.
 * @param {Entry[]} entries
 * @param {typeof turns} wanted
 * @param {number} round
 */
async function playRound(entries, wanted, round) {
  /** @type {Map<Entry, { client: KernelClient, values: Values }>} */
  const kernels = new Map()
  /** @param {number} turn */
  const inTurn = (turn) => ((round + turn) % 2 === 0 ? entries : [...entries].reverse())
  try {
    for (const entry of inTurn(0)) {
      const { client, values, info } = await start(entry)
      kernels.set(entry, { client, values })
      const { name, version } = /** @type {Record<string, string>} */ (info.language_info)
      entry.language = `${name} ${version}`
    }
    for (const [i, turn] of wanted.entries()) {
      for (const entry of inTurn(i + 1)) {
        const { client, values } = /** @type {{ client: KernelClient, values: Values }} */ (
          kernels.get(entry)
        )
        process.stderr.write(`\rround ${round + 1}, ${turn.name}, ${entry.contestant.title}`.padEnd(70))
        // What another one collects after its turn must not fall into this one's.
        await pause(100)
        Object.assign(values, await play(turn, client, entry.contestant))
      }
    }
    for (const [entry, { client, values }] of kernels) {
      await assertChecked(client, entry.contestant)
      entry.rounds.push(values)
    }
  } finally {
    await Promise.all([...kernels.values()].map(({ client }) => client.close()))
    process.stderr.write(`\r${"".padEnd(70)}\r`)
  }
}

/** @param {string[]} [args] */
export async function bench(args = []) {
  const { rounds, json, only } = parseOptions(args)
  const named = Object.entries(contestants).map(([name, contestant]) => ({ name, contestant }))
  const wanted = only.length === 1 && only[0] === "start" ? [] : chosen(turns, only)
  /** @type {Record<string, Entry>} */
  const entries = {}
  for (const { name, contestant } of chosen(named, only))
    entries[name] = {
      contestant,
      program: await contestant.install(),
      rounds: [],
      language: "",
      failedStarts: 0,
    }
  // The first start of a program after its installation reads the disk, and some fill a cache.
  for (const entry of Object.values(entries)) await (await start(entry)).client.close()
  for (let round = 0; round < rounds; round++) await playRound(Object.values(entries), wanted, round)
  const measures = Object.assign({}, startMeasures, ...wanted.map((turn) => turn.measures))
  report({ entries, measures, json, isWhole: only.length === 0 })
}
