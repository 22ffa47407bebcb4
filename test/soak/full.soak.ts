import { expect, test } from "vitest"
import { soak } from "./soak.js"

/** 5,000 steps with seed 1 unless told: `PRELAB_SOAK_STEPS=20000 PRELAB_SOAK_SEED=7 npm run soak`. */
const seed = Number(process.env.PRELAB_SOAK_SEED ?? 1)
const steps = Number(process.env.PRELAB_SOAK_STEPS ?? 5000)
const every = 500

/** What a thousand steps may add to the resident memory, once the first thousand have filled all caches. */
const allowedMb = 40

test(`a kernel answers rightly through ${steps} steps, and its memory stays bounded`, async () => {
  const { counts, memory } = await soak({
    seed,
    steps,
    every,
    onMeasured: (step, mb) => process.stderr.write(`step ${step} of ${steps}: ${mb.toFixed(0)} MB\n`),
  })
  console.log(counts)
  expect(memory).toHaveLength(1 + Math.floor(steps / every))
  const settled = memory.slice(1000 / every)
  if (settled.length < 2) return
  const perThousand = (settled.at(-1)! - settled[0]!) / (((settled.length - 1) * every) / 1000)
  expect(perThousand).toBeLessThan(allowedMb)
})
