// What is measured. A turn is what one kernel does before the next one has its turn; it gives one value for each of its
// measures, the median of what it saw, or a remark in place of a value that there is none of.
import { setTimeout as pause } from "node:timers/promises"
import { residentMb } from "./process-tree.mjs"
import { median } from "./statistics.mjs"

/** @typedef {import("./kernel-client.mjs").KernelClient} KernelClient */
/** @typedef {import("./kernel-contestants.mjs").Contestant} Contestant */
/** @typedef {{ title: string, unit: "ms" | "MB" | "" }} Measure */
/** @typedef {Record<string, number | string>} Values */
/** @typedef {{ name: string, measures: Record<string, Measure>, run: (kernel: KernelClient, contestant: Contestant) => Promise<Values> }} Turn */

const lineCount = 5000
const displaySize = 10_000_000
/** How long the cell computes under which completion is asked for, and how long nothing may arrive after an idle. */
const busyMs = 1500
const quietMs = 300

/**
 * The median of several tries, one after the other.
 * @param {number} times
 * @param {() => Promise<number>} once
 */
async function medianOf(times, once) {
  const values = []
  for (let i = 0; i < times; i++) values.push(await once())
  return median(values)
}

/** @param {Contestant["language"]["completion"]} completion */
function completionRequest({ found }, /** @type {string} */ code) {
  /** @param {Record<string, unknown>} content */
  const isRight = ({ matches }) =>
    Array.isArray(matches) && matches.some((match) => String(match).endsWith(found))
  return { type: "complete_request", content: { code, cursor_pos: code.length }, isRight }
}

/** @param {string} code */
function inspectRequest(code) {
  /** @param {Record<string, unknown>} content */
  const isRight = ({ found }) => found === true
  return { type: "inspect_request", content: { code, cursor_pos: code.length, detail_level: 0 }, isRight }
}

/**
 * The median time of an answer; a remark where the answer says that there is nothing.
 * @param {KernelClient} kernel
 * @param {number} times
 * @param {() => ReturnType<typeof completionRequest> | ReturnType<typeof inspectRequest>} next
 * @param {() => boolean} [isOver] looked at behind each answer: one that came too late does not count
 */
async function answered(kernel, times, next, isOver = () => false) {
  const values = []
  for (let i = 0; i < times; i++) {
    const { type, content, isRight } = next()
    const exchange = await kernel.request(type, content)
    if (isOver()) break
    if (!isRight(exchange.content)) return "finds nothing"
    values.push((exchange.reply?.at ?? Number.NaN) - exchange.sent)
  }
  return values.length > 0 ? median(values) : "waits for the cell"
}

/** @type {Turn} */
const cells = {
  name: "cells",
  measures: {
    trivial: { title: "trivial cell", unit: "ms" },
    flat: { title: "cells 181 to 200 / cells 1 to 20", unit: "" },
    memory: { title: "memory after 300 trivial cells", unit: "MB" },
    growth: { title: "growth over 300 trivial cells", unit: "MB" },
    lostIdles: { title: "of 320 cells, idle never came", unit: "" },
  },
  async run(kernel, { language }) {
    const once = () => kernel.execute(language.trivial(kernel.number()))
    for (let i = 0; i < 20; i++) await once()
    const before = residentMb(kernel.child.pid ?? 0)
    const times = []
    for (let i = 0; i < 300; i++) times.push((await once()).ms)
    const memory = residentMb(kernel.child.pid ?? 0)
    return {
      trivial: median(times.slice(0, 200)),
      flat: median(times.slice(180, 200)) / median(times.slice(0, 20)),
      memory,
      growth: memory - before,
      lostIdles: kernel.lostIdles,
    }
  },
}

/** @type {Turn} */
const types = {
  name: "types",
  measures: {
    firstHeavy: { title: "first type-heavy cell", unit: "ms" },
    heavy: { title: "type-heavy cell", unit: "ms" },
    heavyMemory: { title: "memory after type-heavy cells", unit: "MB" },
  },
  async run(kernel, { language }) {
    const once = async () => (await kernel.execute(language.heavy(kernel.number()))).ms
    const firstHeavy = await once()
    const heavy = await medianOf(10, once)
    return { firstHeavy, heavy, heavyMemory: residentMb(kernel.child.pid ?? 0) }
  },
}

/** @type {Turn} */
const imports = {
  name: "import",
  measures: { module: { title: "import of a module", unit: "ms" } },
  async run(kernel, { language }) {
    const once = async () => (await kernel.execute(language.module(kernel.number()))).ms
    return { module: await medianOf(8, once) }
  },
}

/** @type {Turn} */
const questions = {
  name: "questions",
  measures: {
    completion: { title: "completion", unit: "ms" },
    completionAgain: { title: "completion, same text", unit: "ms" },
    inspection: { title: "inspect", unit: "ms" },
    inspectionAgain: { title: "inspect, same text", unit: "ms" },
  },
  async run(kernel, { language: { completion, inspection } }) {
    const fresh = () => completionRequest(completion, completion.code(kernel.number()))
    const same = () => completionRequest(completion, completion.same)
    return {
      completion: await answered(kernel, 12, fresh),
      completionAgain: await answered(kernel, 12, same),
      inspection: await answered(kernel, 12, () => inspectRequest(inspection.code(kernel.number()))),
      inspectionAgain: await answered(kernel, 12, () => inspectRequest(inspection.same)),
    }
  },
}

/** @type {Turn} */
const busy = {
  name: "busy",
  measures: {
    busyCompletion: { title: "completion while a cell computes", unit: "ms" },
    busyInspection: { title: "inspect while a cell computes", unit: "ms" },
  },
  async run(kernel, { language: { busy: compute, completion, inspection } }) {
    /** @param {() => ReturnType<typeof completionRequest> | ReturnType<typeof inspectRequest>} next */
    const during = async (next) => {
      const cell = await kernel.sendCell(compute(kernel.number(), busyMs))
      await pause(300) // it has been compiled, and computes
      const answer = await answered(kernel, 5, next, () => cell.reply !== undefined)
      await kernel.finished(cell)
      return answer
    }
    return {
      busyCompletion: await during(() => completionRequest(completion, completion.code(kernel.number()))),
      busyInspection: await during(() => inspectRequest(inspection.code(kernel.number()))),
    }
  },
}

/**
 * The time until a cell's output was whole: until its idle, or until the last output where that came later.
 * @param {KernelClient} kernel
 * @param {string} code
 * @param {(exchange: import("./kernel-exchange.mjs").Exchange) => string | undefined} whatIsMissing
 */
async function output(kernel, code, whatIsMissing) {
  const exchange = await kernel.finished(await kernel.sendCell(code), 10_000)
  await pause(quietMs)
  const missing = whatIsMissing(exchange)
  if (missing) return { missing, ms: Number.NaN, late: 0 }
  if (!exchange.isDone) return { missing: "no idle", ms: Number.NaN, late: 0 }
  const idle = exchange.published.findIndex(({ message }) => message.content.execution_state === "idle")
  const late = exchange.published.length - 1 - idle
  const last = exchange.outputs.at(-1)?.at ?? 0
  return { missing, ms: Math.max(exchange.ms, last - exchange.sent), late }
}

/**
 * The median over a few cells, and how many of them had output after their idle.
 * @param {string} name
 * @param {() => ReturnType<typeof output>} once
 */
async function whole(name, once) {
  const values = []
  let lateCells = 0
  for (let i = 0; i < 3; i++) {
    const { missing, ms, late } = await once()
    if (missing) return { [name]: missing, [`${name}Late`]: missing }
    values.push(ms)
    if (late > 0) lateCells++
  }
  return { [name]: median(values), [`${name}Late`]: lateCells }
}

/** @type {Turn} */
const lines = {
  name: "lines",
  measures: {
    lines: { title: "5,000 printed lines", unit: "ms" },
    linesLate: { title: "of 3 cells, with lines after idle", unit: "" },
  },
  run(kernel, { language }) {
    const expected = Array.from({ length: lineCount }, (_, i) => `line ${i}\n`).join("")
    return whole("lines", () =>
      output(kernel, language.lines(lineCount), ({ outputs }) => {
        const text = outputs.map(({ message }) => message.content.text ?? "").join("")
        if (text === expected) return undefined
        const count = text.split("\n").length - 1
        return count === lineCount ? "out of order" : `${lineCount - count} lines lost`
      }),
    )
  },
}

/** @type {Turn} */
const display = {
  name: "display",
  measures: {
    display: { title: "display of 10 MB", unit: "ms" },
    displayLate: { title: "of 3 cells, shown after idle", unit: "" },
  },
  run(kernel, contestant) {
    return whole("display", () =>
      output(kernel, contestant.display(displaySize), ({ outputs }) => {
        const shown = outputs.find(({ message }) => message.header.msg_type === "display_data")
        const data = /** @type {Record<string, string> | undefined} */ (shown?.message.content.data)
        return data?.["text/html"]?.length === displaySize ? undefined : "not shown"
      }),
    )
  },
}

/** In the order in which a kernel meets them: what fills memory comes behind what measures it. */
export const turns = [cells, types, imports, questions, busy, lines, display]

/** The first turn, which makes the kernel. */
export const startMeasures = /** @satisfies {Record<string, Measure>} */ ({
  ready: { title: "start to ready", unit: "ms" },
  firstCell: { title: "first cell", unit: "ms" },
  firstResult: { title: "start to first result", unit: "ms" },
})
