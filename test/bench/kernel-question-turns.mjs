// The turns that ask: completion and inspect, of an idle kernel and of one whose cell computes.
import { setTimeout as pause } from "node:timers/promises"
import { median } from "./statistics.mjs"

/** @typedef {import("./kernel-client.mjs").KernelClient} KernelClient */
/** @typedef {import("./kernel-contestants.mjs").Contestant} Contestant */
/** @typedef {import("./kernel-turns.mjs").Turn} Turn */

/** How long the cell computes under which questions are asked. */
const busyMs = 1500

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
export const questions = {
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
export const busy = {
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
