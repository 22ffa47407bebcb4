// The tables of the kernel bench: medians, and the targets with the ratios they are about.
import { mkdirSync, writeFileSync } from "node:fs"
import { cpus, loadavg, totalmem } from "node:os"
import { dirname, relative } from "node:path"
import { inRoot, root } from "../../src/setup/paths.mjs"
import { targets } from "./kernel-targets.mjs"
import { median, table } from "./statistics.mjs"

/** @typedef {import("./kernel-turns.mjs").Measure} Measure */
/** @typedef {import("./kernel-targets.mjs").Target} Target */
/** @typedef {{ contestant: { title: string }, language: string, failedStarts: number, rounds: import("./kernel-turns.mjs").Values[] }} Entry */
/** @typedef {{ entries: Record<string, Entry>, measures: Record<string, Measure>, json: boolean, isWhole: boolean }} Run */

/** @typedef {{ median?: number, least?: number, most?: number, remark?: string }} Summary */

const file = inRoot("test", "bench", "results", "kernel.json")

/**
 * The median and the spread of what is a number in each round; a remark where there is none.
 * @param {(number | string | undefined)[]} values
 * @returns {Summary}
 */
function summary(values) {
  const numbers = values.filter((value) => typeof value === "number" && !Number.isNaN(value)).map(Number)
  if (numbers.length === 0)
    return { remark: String(values.find((value) => typeof value === "string") ?? "–") }
  return { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) }
}

/**
 * A target with what was measured; undefined where one of its sides did not take part.
 * @param {Target} target
 * @param {Run} run
 * @returns {(Target & Summary & { isMet: boolean }) | undefined}
 */
function judged(target, { entries, measures }) {
  const { measure, of, against, by = measure, limit } = target
  const isMeasured = measures[measure] && measures[by]
  if (!entries[of] || !isMeasured || (against && !entries[against])) return undefined
  const ratios = entries[of].rounds.map((own, round) => {
    const value = own[measure]
    if (!against || typeof value !== "number") return value
    const other = entries[against].rounds[round][by]
    return typeof other === "number" ? value / other : other
  })
  const result = summary(ratios)
  return { ...target, ...result, isMet: result.median !== undefined && result.median <= limit }
}

/** @param {number} value */
function shown(value) {
  if (Number.isInteger(value)) return String(value)
  return value.toFixed(Math.abs(value) < 10 ? (Math.abs(value) < 1 ? 2 : 1) : 0)
}

/** @param {Run} run */
function asDocument(run) {
  const { entries, measures } = run
  return {
    machine: {
      cpu: cpus()[0]?.model ?? "",
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      load: loadavg()[0],
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
    rounds: Object.values(entries)[0].rounds.length,
    measures,
    contestants: Object.fromEntries(
      Object.entries(entries).map(([name, { contestant, language, rounds, failedStarts }]) => [
        name,
        {
          title: contestant.title,
          language,
          failedStarts,
          values: Object.fromEntries(
            Object.keys(measures).map((measure) => [measure, summary(rounds.map((round) => round[measure]))]),
          ),
        },
      ]),
    ),
    targets: targets.flatMap((target) => judged(target, run) ?? []),
  }
}

/** @param {ReturnType<typeof asDocument>} document */
function asText({ machine, rounds, measures, contestants, targets: judgements }) {
  const columns = Object.values(contestants)
  const values = Object.entries(measures).map(([name, { title, unit }]) => [
    unit ? `${title}, ${unit}` : title,
    ...columns.map((column) => {
      const { median: value, remark } = column.values[name]
      return value === undefined ? String(remark) : shown(value)
    }),
  ])
  const verdicts = judgements.map(
    ({ measure, of, against, by, limit, median: ratio, least, most, remark, isMet }) => [
      measures[measure].title,
      contestants[of].title,
      against
        ? `≤ ${limit} × ${contestants[against].title}${by ? `, ${measures[by].title}` : ""}`
        : `≤ ${limit}`,
      ratio === undefined ? String(remark) : shown(ratio),
      ratio === undefined ? "" : `${shown(least ?? ratio)} to ${shown(most ?? ratio)}`,
      isMet ? "met" : "missed",
    ],
  )
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, load ${machine.load.toFixed(1)},`,
    `Node ${machine.node}; ${rounds} rounds interleaved, medians`,
    "",
    table([
      ["", ...columns.map(({ title }) => title)],
      ["cells in", ...columns.map(({ language }) => language)],
      ["starts that failed", ...columns.map(({ failedStarts }) => String(failedStarts))],
      ...values,
    ]),
    ...(verdicts.length > 0
      ? ["", table([["target", "of", "limit", "median", "over the rounds", ""], ...verdicts])]
      : []),
  ].join("\n")
}

/**
 * Prints the run; a whole one is also kept beside the bench.
 * @param {Run} run
 */
export function report(run) {
  const document = asDocument(run)
  const text = `${JSON.stringify(document, rounded, 2)}\n`
  console.log(run.json ? text : asText(document))
  if (!run.isWhole) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  process.stderr.write(`kept in ${relative(root, file)}\n`)
}

/** Four digits say all that a measurement on a shared machine can. */
function rounded(/** @type {string} */ _key, /** @type {unknown} */ value) {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value
}
