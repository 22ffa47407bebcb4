import { residentMb } from "../bench/process-tree.mjs"
import { pick, randomFrom } from "../fuzz/random.js"
import { actions } from "./actions.js"
import { World } from "./world.js"

export interface Soaked {
  /** How often each action came. */
  counts: Record<string, number>
  /** Resident memory of the kernel and its processes in MB, at the beginning and after every so many steps. */
  memory: number[]
}

export interface SoakOptions {
  seed: number
  steps: number
  /** Memory is measured after each so many steps. */
  every: number
  onMeasured?: (step: number, mb: number) => void
}

/** Does a random thing to one kernel, many times; throws at the first answer that is not right, naming its step. */
export async function soak({ seed, steps, every, onMeasured }: SoakOptions): Promise<Soaked> {
  const random = randomFrom(seed)
  const drawn = Object.entries(actions).flatMap(([name, { weight }]) => Array<string>(weight).fill(name))
  const counts: Record<string, number> = Object.fromEntries(Object.keys(actions).map((name) => [name, 0]))
  const world = await World.start(random)
  const memory: number[] = []
  const measure = (step: number) => {
    memory.push(residentMb(world.kernel.process.pid!))
    onMeasured?.(step, memory.at(-1)!)
  }
  try {
    measure(0)
    for (let step = 1; step <= steps; step++) {
      const name = pick(random, drawn)
      try {
        await actions[name]!.run(world)
        world.settle()
      } catch (cause) {
        throw new Error(`step ${step} of seed ${seed}: ${name}`, { cause })
      }
      counts[name]!++
      if (step % every === 0) measure(step)
    }
  } finally {
    await world.kernel.close()
  }
  return { counts, memory }
}
