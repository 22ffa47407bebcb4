// What is measured. A turn is what one kernel does before the next one has its turn; it gives one value for each of its
// measures, the median of what it saw, or a remark in place of a value that there is none of.
import { cells, imports, types } from "./kernel-cell-turns.mjs"
import { display, lines } from "./kernel-output-turns.mjs"
import { busy, questions } from "./kernel-question-turns.mjs"

/** @typedef {import("./kernel-client.mjs").KernelClient} KernelClient */
/** @typedef {import("./kernel-contestants.mjs").Contestant} Contestant */
/** @typedef {{ title: string, unit: "ms" | "MB" | "" }} Measure */
/** @typedef {Record<string, number | string>} Values */
/** @typedef {{ name: string, measures: Record<string, Measure>, run: (kernel: KernelClient, contestant: Contestant) => Promise<Values> }} Turn */

/** In the order in which a kernel meets them: what fills memory comes behind what measures it. */
export const turns = [cells, types, imports, questions, busy, lines, display]

/** The first turn, which makes the kernel. */
export const startMeasures = /** @satisfies {Record<string, Measure>} */ ({
  ready: { title: "start to ready", unit: "ms" },
  firstCell: { title: "first cell", unit: "ms" },
  firstResult: { title: "start to first result", unit: "ms" },
})
