// The run as one document: what the table, the figure and later readers are made from.
import { cpus, loadavg, totalmem } from "node:os"
import { median } from "../statistics.mjs"
import { isOnSoftware } from "./software.mjs"

/** @typedef {import("./play-net.mjs").Played} Played */
/** @typedef {import("./rounds.mjs").Entry} Entry */
/** @typedef {import("./rounds.mjs").Timed} Timed */
/** @typedef {import("./targets.mjs").Target} Target */

/** @typedef {{ median: number, least: number, most: number }} Spread */
/** @typedef {{ ms?: Spread, difference?: number, floors?: number, left?: string }} FormResult */

/**
 * @typedef {object} ContestantResult
 * @property {string} title
 * @property {boolean} isOurs
 * @property {string} [backend] what ran, in its own words
 * @property {string} [detail]
 * @property {boolean} isSoftware a graphics card made of software
 * @property {{ loadMs: number, compileMs: number, memoryMb: number }} [first]
 * @property {Record<string, FormResult>} forms
 * @property {Spread} [toYardstick] its time by the yardstick's, round by round
 * @property {Spread} [foldedToAsItIs]
 */

/**
 * @typedef {object} NetResult
 * @property {string} title
 * @property {string} foldNote
 * @property {number[]} [shape]
 * @property {number} [macs]
 * @property {string} [yardstick]
 * @property {Record<string, ContestantResult>} contestants
 */

/** @typedef {{ shape: number[], macs: number, contestants: Record<string, FormResult> }} GrowthPoint */
/** @typedef {{ net: string, of: "batch" | "size", points: GrowthPoint[] }} Growth */
/** @typedef {Target & { ratio?: Spread, isMet: boolean, note?: string }} Judged */

/**
 * @typedef {object} EnginesDocument
 * @property {Record<string, unknown>} machine
 * @property {number} rounds
 * @property {Record<string, NetResult>} nets
 * @property {Growth[]} growth
 * @property {Judged[]} targets
 */

/** Against whom everybody's time is put, the first of these that was timed. */
const yardsticks = ["onnxruntime-node", "onnxruntime-wasm", "opencv", "tfjs-wasm", "reference"]

/**
 * @param {readonly number[]} values
 * @returns {Spread | undefined}
 */
export function spread(values) {
  if (values.length === 0) return undefined
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/**
 * The ratios of the same rounds.
 * @param {readonly number[]} of
 * @param {readonly number[]} by
 */
export function ratios(of, by) {
  return spread(of.slice(0, by.length).map((value, round) => value / by[round]))
}

/**
 * @param {Played[]} played
 * @param {{ rounds: number, targets: readonly Target[], loadBefore: number, machine?: Record<string, unknown> }} run
 * @returns {EnginesDocument}
 */
export function documentOf(played, { rounds, targets, loadBefore, machine = {} }) {
  return {
    machine: {
      cpu: cpus()[0]?.model ?? "",
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      loadBefore,
      loadAfter: loadavg()[0],
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
      ...machine,
    },
    rounds,
    nets: Object.fromEntries(played.map((each) => [each.net.name, netResult(each)])),
    growth: played.flatMap(({ net, entries, growth }) =>
      growth.map(({ of, points }) => ({
        net: net.name,
        of,
        points: points.map(({ shape, macs, forms }) => ({
          shape,
          macs,
          contestants: Object.fromEntries(
            entries
              .filter(({ runner }) => runner)
              .map(({ contestant, cases }) => [contestant.name, formResult(cases.get(forms[0].id))]),
          ),
        })),
      })),
    ),
    targets: targets.flatMap((target) => judged(target, played) ?? []),
  }
}

/**
 * @param {Played} played
 * @returns {NetResult}
 */
function netResult({ net, foldNote, sized, entries }) {
  if (!sized) return { title: net.title, foldNote, contestants: {} }
  const [plain, folded] = sized.forms
  const turns = (/** @type {Entry} */ { cases }, /** @type {string} */ id) => cases.get(id)?.turns ?? []
  const yardstick = yardsticks
    .map((name) => entries.find(({ contestant }) => contestant.name === name))
    .find((entry) => entry && turns(entry, plain.id).length > 0)
  return {
    title: net.title,
    foldNote,
    shape: sized.shape,
    macs: sized.macs,
    yardstick: yardstick?.contestant.name,
    contestants: Object.fromEntries(
      entries.map((entry) => {
        const { contestant, ran, first, cases } = entry
        return [
          contestant.name,
          {
            title: contestant.title,
            isOurs: contestant.isOurs,
            ...ran,
            isSoftware: isOnSoftware(entry),
            first,
            forms: Object.fromEntries(sized.forms.map(({ id, form }) => [form, formResult(cases.get(id))])),
            ...(yardstick ? { toYardstick: ratios(turns(entry, plain.id), turns(yardstick, plain.id)) } : {}),
            ...(folded ? { foldedToAsItIs: ratios(turns(entry, folded.id), turns(entry, plain.id)) } : {}),
          },
        ]
      }),
    ),
  }
}

/**
 * @param {Timed | undefined} timed
 * @returns {FormResult}
 */
function formResult(timed) {
  return {
    ms: spread(timed?.turns ?? []),
    ...timed?.difference,
    ...(timed?.left ? { left: timed.left } : {}),
  }
}

/**
 * A target with what was measured; undefined where its net took no part in this run.
 * @param {Target} target
 * @param {Played[]} played
 * @returns {Judged | undefined}
 */
function judged(target, played) {
  const found = played.find(({ net }) => net.name === target.net)
  if (!found?.sized) return undefined
  const { id } = found.sized.forms[0]
  const sides = [target.of, target.against].map((name) =>
    found.entries.find(({ contestant }) => contestant.name === name),
  )
  if (sides.some((side) => !side)) return undefined
  const timed = sides.map((side) => side?.cases.get(id))
  const left = timed.findIndex((each) => !each || each.turns.length === 0)
  if (left >= 0) {
    const why = timed[left]?.left ?? "not timed"
    return { ...target, isMet: false, note: `${sides[left]?.contestant.title}: ${why}` }
  }
  const ratio = ratios(timed[0]?.turns ?? [], timed[1]?.turns ?? [])
  const software = sides.find((side) => side && isOnSoftware(side))
  if (software) return { ...target, ratio, isMet: false, note: "a graphics card made of software" }
  return { ...target, ratio, isMet: ratio !== undefined && ratio.median <= target.atMost }
}
