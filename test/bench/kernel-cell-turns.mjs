// The turns that run cells: trivial ones in a row, cells full of other packages' types, imports.
import { residentMb } from "./process-tree.mjs"
import { median } from "./statistics.mjs"

/** @typedef {import("./kernel-turns.mjs").Turn} Turn */

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

/** @type {Turn} */
export const cells = {
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
export const types = {
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
export const imports = {
  name: "import",
  measures: { module: { title: "import of a module", unit: "ms" } },
  async run(kernel, { language }) {
    const once = async () => (await kernel.execute(language.module(kernel.number()))).ms
    return { module: await medianOf(8, once) }
  },
}
