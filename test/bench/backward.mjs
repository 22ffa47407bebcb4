// Where does the time of a training iteration go: LeNet with PReLUs, batch 64, forward and back, layer by layer?
// Wall time depends on what else the machine does; processor time, of all threads together, is what the work costs.
// `PRELAB_THREADS=1` keeps it to one. Layers that need less than a tenth of a millisecond are left out.
import { TrainingPass } from "../../dist/engines/index.js"
import { layerTypeOf } from "../../dist/layers/index.js"
import { fillWeights, lenet } from "../../dist/training/index.js"
import { median, table } from "./statistics.mjs"

let state = 1
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const processor = () => process.cpuUsage().user / 1000

/** A function of every call's layer, pass and milliseconds of the processor, for as long as `run` runs. */
async function watchLayers(
  /** @type {TrainingPass} */ training,
  /** @type {(name: string, ms: number) => void} */ note,
  /** @type {() => Promise<void>} */ run,
) {
  const types = new Set(training.net.layers.filter(({ type }) => type !== "Input").map(layerTypeOf))
  const undo = []
  for (const type of /** @type {Set<any>} */ (types)) {
    for (const direction of ["forward", "backward"]) {
      const original = type[direction]
      if (original === undefined) continue
      type[direction] = (/** @type {any} */ call, /** @type {any[]} */ ...rest) => {
        const before = processor()
        const result = original.call(type, call, ...rest)
        note(`${call.layer.name} ${direction}`, processor() - before)
        return result
      }
      undo.push(() => {
        type[direction] = original
      })
    }
  }
  await run()
  for (const each of undo) each()
}

export async function bench(/** @type {string[]} */ args) {
  const passes = Number(args[args.indexOf("--passes") + 1] ?? Number.NaN) || 30
  const training = new TrainingPass(fillWeights(lenet()))
  const batch = {
    data: { shape: [64, 1, 28, 28], data: Float32Array.from({ length: 64 * 784 }, random) },
    label: { shape: [64], data: Float32Array.from({ length: 64 }, () => Math.floor(random() * 10)) },
  }
  const walls = []
  const costs = []
  for (let i = -5; i < passes; i++) {
    training.clearDiffs()
    const [start, before] = [performance.now(), processor()]
    await training.run(batch)
    if (i < 0) continue
    walls.push(performance.now() - start)
    costs.push(processor() - before)
  }
  console.log(
    `one pass: ${Math.min(...walls).toFixed(0)} ms at best, median ${median(walls).toFixed(0)} ms; processor ${median(costs).toFixed(0)} ms\n`,
  )
  /** @type {Map<string, number>} */
  const spent = new Map()
  await watchLayers(
    training,
    (name, ms) => spent.set(name, (spent.get(name) ?? 0) + ms / passes),
    async () => {
      for (let i = 0; i < passes; i++) await training.run(batch)
    },
  )
  const rows = [...spent].filter(([, ms]) => ms >= 0.1).map(([name, ms]) => [name, ms.toFixed(1)])
  console.log(table([["layer", "processor ms"], ...rows]))
}
