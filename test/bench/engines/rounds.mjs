// Turns: every contestant has one in every round, in the other direction every other round, so that a slow minute of the
// machine is everybody's. Ratios are taken within a round.
import { setTimeout as pause } from "node:timers/promises"
import { median } from "../statistics.mjs"
import { checkedDifference } from "./answers.mjs"

/** @typedef {import("./contestant.mjs").Case} Case */
/** @typedef {import("./contestant.mjs").Contestant} Contestant */
/** @typedef {import("./contestant.mjs").Runner} Runner */
/** @typedef {import("./contestant.mjs").Ran} Ran */
/** @typedef {import("./answers.mjs").Difference} Difference */
/** @typedef {import("./cases.mjs").Sized} Sized */

/**
 * A case with one contestant: how far its answer is, the median of each round's turn, or why there is none.
 * @typedef {{ difference?: Difference, turns: number[], left?: string }} Timed
 */

/**
 * A contestant on one net.
 * @typedef {object} Entry
 * @property {Contestant} contestant
 * @property {Runner} [runner] none where it never answered rightly
 * @property {Ran} [ran]
 * @property {{ loadMs: number, compileMs: number, memoryMb: number }} [first] medians over fresh processes
 * @property {Map<string, Timed>} cases by id
 */

/** A turn lasts at least so long: the clock and the first pass after others' are then a small part of it. */
const turnMs = 60

/** What another one's threads and garbage still do after its turn must not fall into this one's. */
const restMs = 20

/** Fresh processes for the first pass; one that takes longer than `slowMs` in all has only one. */
const starts = 3
const slowMs = 3000

/**
 * Starts a contestant and has it answer its first case. It does not throw: what went wrong is part of the result.
 * @param {Contestant} contestant
 * @param {Sized} sized
 * @returns {Promise<Entry>}
 */
export async function enter(contestant, sized) {
  /** @type {Entry} */
  const entry = { contestant, cases: new Map() }
  const samples = []
  const [first] = sized.forms
  try {
    for (let i = 0; i < starts; i++) {
      await entry.runner?.end()
      const runner = await contestant.start()
      entry.runner = runner
      const before = runner.memoryMb()
      const { outputs, ran, ...times } = await runner.open(first)
      entry.cases.set(first.id, { difference: checkedDifference(outputs, sized.expected), turns: [] })
      entry.ran = ran
      samples.push({ ...times, memoryMb: runner.memoryMb() - before })
      if (times.loadMs + times.compileMs > slowMs) break
    }
    entry.first = {
      loadMs: median(samples.map(({ loadMs }) => loadMs)),
      compileMs: median(samples.map(({ compileMs }) => compileMs)),
      memoryMb: median(samples.map(({ memoryMb }) => memoryMb)),
    }
  } catch (error) {
    entry.cases.set(first.id, { turns: [], left: inWords(error) })
    await entry.runner?.end()
    entry.runner = undefined
  }
  return entry
}

/**
 * @param {Entry} entry
 * @param {Case} given
 * @param {Sized} sized
 */
export async function openFurther(entry, given, { expected }) {
  if (!entry.runner || entry.cases.has(given.id)) return
  try {
    const { outputs } = await entry.runner.open(given)
    entry.cases.set(given.id, { difference: checkedDifference(outputs, expected), turns: [] })
  } catch (error) {
    entry.cases.set(given.id, { turns: [], left: inWords(error) })
  }
}

/**
 * @param {Entry[]} entries
 * @param {Case[]} cases
 * @param {number} rounds
 * @param {(text: string) => void} say
 */
export async function playRounds(entries, cases, rounds, say) {
  for (let round = 0; round < rounds; round++) {
    for (const { id } of cases) {
      for (const { contestant, runner, cases: opened } of round % 2 === 0
        ? entries
        : [...entries].reverse()) {
        const timed = opened.get(id)
        if (!runner || !timed || timed.left) continue
        say(`${id}, round ${round + 1} of ${rounds}, ${contestant.title}`)
        await pause(restMs)
        try {
          timed.turns.push(median(await runner.time(id, turnMs)))
        } catch (error) {
          Object.assign(timed, { turns: [], left: inWords(error) })
        }
      }
    }
  }
}

/** @param {unknown} error */
function inWords(error) {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]
}
