// The document as tables for a terminal.
import { table } from "../statistics.mjs"
import { reported } from "./seeds.mjs"

/** @typedef {import("./document.mjs").EnginesDocument} EnginesDocument */
/** @typedef {import("./document.mjs").NetResult} NetResult */
/** @typedef {import("./document.mjs").ContestantResult} ContestantResult */
/** @typedef {import("./document.mjs").Growth} Growth */
/** @typedef {import("./document.mjs").FormResult} FormResult */

/** @param {EnginesDocument} document */
export function textOf(document) {
  const { machine, rounds, nets, growth } = document
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, load ${shown(machine.loadBefore)} before and ${shown(machine.loadAfter)} after,`,
    `Node ${machine.node}${machine.browser ? `, ${machine.browser}` : ""}${machine.adapter ? `, ${machine.adapter}` : ""}; ${rounds} rounds interleaved, medians`,
    ...Object.values(nets).flatMap(netText),
    ...growth.flatMap((each) => growthText(each, nets[each.net])),
    ...foldingText(nets),
    ...targetText(document),
  ].join("\n")
}

/** @param {NetResult} net */
function netText({ title, foldNote, macs, yardstick, contestants }) {
  if (macs === undefined) return ["", `${title}: ${foldNote}`]
  const entries = Object.values(contestants)
  const timed = entries.filter(({ forms }) => forms["as it is"].ms)
  const isFolded = entries.some(({ forms }) => forms.folded)
  const against = yardstick ? contestants[yardstick].title : "the first"
  const rows = timed.map((entry) => {
    const { ms, difference, floors } = entry.forms["as it is"]
    return [
      entry.title,
      backendOf(entry),
      shown(ms?.median),
      shown(ms?.least),
      shown(entry.toYardstick?.median),
      ...(isFolded ? [foldedText(entry), shown(entry.foldedToAsItIs?.median)] : []),
      shown(entry.first?.loadMs),
      shown(entry.first?.compileMs),
      shown(entry.first?.memoryMb),
      difference === undefined ? "" : difference.toExponential(1),
      shown(floors),
    ]
  })
  const left = entries.filter(({ forms }) => !forms["as it is"].ms)
  return [
    "",
    `${title}: ${Math.round(macs / 1e6)} million multiply-accumulates; ${foldNote}`,
    table([
      [
        "one pass",
        "what ran",
        "median ms",
        "least",
        `by ${against}`,
        ...(isFolded ? ["folded ms", "by as it is"] : []),
        "load ms",
        "compile ms",
        "memory MB",
        "difference",
        "in floors",
      ],
      ...rows,
    ]),
    ...left.map((entry) => `${entry.title}: no time: ${entry.forms["as it is"].left}`),
  ]
}

/** @param {ContestantResult} entry */
function backendOf({ backend, detail, isSoftware }) {
  const words = isSoftware ? ", software" : /threads?$/.test(detail ?? "") ? `, ${detail}` : ""
  return `${backend}${words}`
}

/** @param {ContestantResult} entry */
function foldedText({ forms: { folded } }) {
  return folded?.ms ? shown(folded.ms.median) : (folded?.left ?? "")
}

/**
 * @param {Growth} growth
 * @param {NetResult} net
 */
function growthText({ of, points }, net) {
  const first = points[0]
  const rows = Object.entries(net.contestants)
    .filter(([name]) => first.contestants[name])
    .map(([name, { title }]) => [title, ...points.map((point) => growthCell(point.contestants[name]))])
  const heads = points.map(({ shape: [n, , ...image] }) => (of === "batch" ? `${n}` : image.join("x")))
  const what = of === "batch" ? `batch, pictures of ${first.shape.slice(2).join("x")}` : "size, one picture"
  return [
    "",
    `${net.title.split(",")[0]}: how the time grows with ${what}`,
    table([["median ms", ...heads], ...rows]),
  ]
}

/** @param {FormResult | undefined} result */
function growthCell(result) {
  return result?.ms ? shown(result.ms.median) : (result?.left?.split(":")[0] ?? "")
}

/** @param {Record<string, NetResult>} nets */
function foldingText(nets) {
  const net = nets.open_nsfw
  const entries = Object.values(net?.contestants ?? {}).filter(({ foldedToAsItIs }) => foldedToAsItIs)
  if (entries.length === 0) return []
  return [
    "",
    "what folding BatchNorm and Scale buys on open_nsfw, beside what others reported for their nets and cards",
    table([
      ["", "before ms", "after ms", "after by before", "over the rounds"],
      ...entries.map(({ title, forms, foldedToAsItIs: ratio }) => [
        title,
        shown(forms["as it is"].ms?.median),
        shown(forms.folded.ms?.median),
        shown(ratio?.median),
        `${shown(ratio?.least)} to ${shown(ratio?.most)}`,
      ]),
      ...reported.map(({ title, before, after }) => [
        `reported: ${title}`,
        shown(before),
        shown(after),
        shown(after / before),
        "",
      ]),
    ]),
  ]
}

/** @param {EnginesDocument} document */
function targetText({ targets, nets }) {
  if (targets.length === 0) return []
  return [
    "",
    table([
      ["target", "of", "limit", "median", "over the rounds", ""],
      ...targets.map(({ net, of, against, atMost, ratio, isMet, note }) => [
        net,
        nets[net].contestants[of].title,
        `≤ ${shown(atMost)} × ${nets[net].contestants[against].title}`,
        shown(ratio?.median) || "–",
        ratio ? `${shown(ratio.least)} to ${shown(ratio.most)}` : "",
        note ?? (isMet ? "met" : "missed"),
      ]),
    ]),
    ...targets
      .filter(({ why, isMet, ratio }) => why && ratio && !isMet)
      .map(({ net, of, why }) => `${nets[net].contestants[of].title} on ${net}: ${why}`),
  ]
}

/** Three digits at most say all that a shared machine can. @param {unknown} value */
export function shown(value) {
  if (typeof value !== "number" || Number.isNaN(value)) return ""
  const size = Math.abs(value)
  return value.toFixed(size >= 99.95 || Number.isInteger(value) ? 0 : size >= 9.995 ? 1 : 2)
}
