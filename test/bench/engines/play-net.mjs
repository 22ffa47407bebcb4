// One net with all contestants: the first pass, both forms in turns, and how the time grows.

import { median } from "../statistics.mjs"
import { loadForms, writeCases } from "./cases.mjs"
import { modelsHint } from "./nets.mjs"
import { enter, openFurther, playRounds } from "./rounds.mjs"
import { isOnSoftware } from "./software.mjs"

/** @typedef {import("./nets.mjs").BenchNet} BenchNet */
/** @typedef {import("./contestant.mjs").Contestant} Contestant */
/** @typedef {import("./rounds.mjs").Entry} Entry */
/** @typedef {import("./cases.mjs").Sized} Sized */
/** @typedef {import("./cases.mjs").AlsoWrite} AlsoWrite */

/**
 * @typedef {object} Played
 * @property {BenchNet} net
 * @property {string} foldNote what there was to fold, or why the net took no part
 * @property {Sized} [sized]
 * @property {Entry[]} entries
 * @property {{ of: "batch" | "size", points: Sized[] }[]} growth
 */

/** Who would take longer than this for one pass is left out of the larger sizes. */
const tooSlowMs = 1500

/**
 * @param {BenchNet} net
 * @param {readonly Contestant[]} contestants
 * @param {{ root: string, rounds: number, growthRounds: number, say: (text: string) => void, alsoWrite?: AlsoWrite }} options
 * @returns {Promise<Played>}
 */
export async function playNet(net, contestants, { root, rounds, growthRounds, say, alsoWrite }) {
  say(`${net.name}, the reference's answer`)
  const forms = await loadForms(net)
  if (!forms) return { net, foldNote: modelsHint, entries: [], growth: [] }
  const sized = await writeCases(root, net, forms, net.shape, alsoWrite)
  /** @type {Entry[]} */
  const entries = []
  try {
    for (const contestant of contestants) {
      say(`${net.name}, first pass, ${contestant.title}`)
      const entry = await enter(contestant, sized)
      for (const form of sized.forms.slice(1)) await openFurther(entry, form, sized)
      entries.push(entry)
    }
    await playRounds(entries, sized.forms, rounds, say)
    const growth = []
    for (const { of, shapes } of net.growth) {
      const points = []
      for (const shape of shapes) {
        say(`${net.name}, ${shape.join("x")}, the reference's answer`)
        const point = await writeCases(root, net, { plain: forms.plain }, shape, alsoWrite)
        // The same size may be a point of two curves, or the net's own.
        const isKnown = entries.some(({ cases }) => cases.has(point.forms[0].id))
        if (!isKnown) await playPoint(entries, point, sized, growthRounds, say)
        points.push(point)
      }
      growth.push({ of, points })
    }
    return { net, foldNote: forms.foldNote, sized, entries, growth }
  } finally {
    for (const { runner } of entries) await runner?.end()
  }
}

/**
 * @param {Entry[]} entries
 * @param {Sized} point
 * @param {Sized} main
 * @param {number} rounds
 * @param {(text: string) => void} say
 */
async function playPoint(entries, point, main, rounds, say) {
  const [{ id }] = point.forms
  for (const entry of entries) {
    const known = entry.cases.get(main.forms[0].id)?.turns ?? []
    const guess = known.length > 0 ? (median(known) * point.macs) / main.macs : 0
    say(`${id}, first pass, ${entry.contestant.title}`)
    if (isOnSoftware(entry)) entry.cases.set(id, { turns: [], left: "software" })
    else if (guess > tooSlowMs) entry.cases.set(id, { turns: [], left: "too slow" })
    else await openFurther(entry, point.forms[0], point)
  }
  await playRounds(entries, point.forms, rounds, say)
  for (const { runner, cases } of entries) if (runner && !cases.get(id)?.left) await runner.close(id)
}
