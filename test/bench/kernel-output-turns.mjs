// The turns with much output. It has to be whole and in order, and none of it may come after the cell's idle.
import { setTimeout as pause } from "node:timers/promises"
import { isIdle } from "./kernel-exchange.mjs"
import { median } from "./statistics.mjs"

/** @typedef {import("./kernel-client.mjs").KernelClient} KernelClient */
/** @typedef {import("./kernel-contestants.mjs").Contestant} Contestant */
/** @typedef {import("./kernel-turns.mjs").Turn} Turn */

const lineCount = 5000
const displaySize = 10_000_000
/** How long a cell has for its output, and how long nothing may arrive after its idle. */
const patienceMs = 10_000
const quietMs = 300

/**
 * The time until a cell's output was whole: until its idle, or until the last output where that came later.
 * @param {KernelClient} kernel
 * @param {string} code
 * @param {(exchange: import("./kernel-exchange.mjs").Exchange) => string | undefined} whatIsMissing
 */
async function output(kernel, code, whatIsMissing) {
  const exchange = await kernel.sendCell(code)
  await kernel.finished(exchange, patienceMs)
  // Looked at now and then, as looking takes time; every message has its own time of arrival.
  for (let waited = 0; whatIsMissing(exchange) && waited < patienceMs; waited += 50) await pause(50)
  await pause(quietMs)
  const missing = whatIsMissing(exchange)
  if (missing) return { missing, ms: Number.NaN, idle: Number.NaN, late: 0 }
  if (!exchange.isDone) return { missing: "no idle", ms: Number.NaN, idle: Number.NaN, late: 0 }
  const idle = exchange.published.findIndex(isIdle)
  const late = exchange.published.length - 1 - idle
  const last = exchange.outputs.at(-1)?.at ?? 0
  return { missing, ms: Math.max(exchange.ms, last - exchange.sent), idle: exchange.ms, late }
}

/**
 * The median over a few cells, and how many of them had output after their idle.
 * @param {string} name
 * @param {() => ReturnType<typeof output>} once
 */
async function whole(name, once) {
  const values = []
  const idles = []
  let lateCells = 0
  for (let i = 0; i < 3; i++) {
    const { missing, ms, idle, late } = await once()
    if (missing) return { [name]: missing, [`${name}Idle`]: missing, [`${name}Late`]: missing }
    values.push(ms)
    idles.push(idle)
    if (late > 0) lateCells++
  }
  return { [name]: median(values), [`${name}Idle`]: median(idles), [`${name}Late`]: lateCells }
}

/** @type {Turn} */
export const lines = {
  name: "lines",
  measures: {
    lines: { title: "5,000 printed lines", unit: "ms" },
    linesIdle: { title: "5,000 printed lines, until idle", unit: "ms" },
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
export const display = {
  name: "display",
  measures: {
    display: { title: "display of 10 MB", unit: "ms" },
    displayIdle: { title: "display of 10 MB, until idle", unit: "ms" },
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
