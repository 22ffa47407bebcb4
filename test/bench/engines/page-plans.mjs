// A net as the browser engine hands it to a page: the gpu.js plan of each backend, written out, and beside it what stays.
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { programs, writtenPlans } from "./library.mjs"

/** @typedef {import("../../../src/layers/index.js").NetCalls} NetCalls */
/** @typedef {import("../../../src/engines/gpu/written-plan.js").WrittenPlan} WrittenPlan */

/** Which of the plan's results an output is. */
/** @typedef {{ written: WrittenPlan, sizes: number[], outputs: Record<string, number> }} PagePlan */

/**
 * @param {NetCalls} calls
 * @param {string} folder
 */
export async function writePagePlans(calls, folder) {
  const [{ programOf }, { writePlan }] = [await programs(), await writtenPlans()]
  const program = programOf(calls, calls.net.outputs)
  for (const backend of /** @type {const} */ (["webgl2", "webgpu"])) {
    const { plan, data } = writePlan(program, backend)
    const outputs = Object.fromEntries(
      [...program.results].map(([{ blob }, { source }]) => {
        if (!("step" in source)) throw new Error(`bench: nothing computes ${blob}`)
        return [blob, plan.results.indexOf(source.step)]
      }),
    )
    /** @type {PagePlan} */
    const written = { written: plan, sizes: data.map(({ length }) => length), outputs }
    await writeFile(join(folder, `net.${backend}.json`), JSON.stringify(written))
    await writeFile(join(folder, `net.${backend}.bin`), data)
  }
}
