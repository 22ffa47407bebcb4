import { expect, test } from "vitest"
import { soak } from "./soak.js"

test("a kernel answers rightly whatever is asked of it in whatever order", async () => {
  const { counts } = await soak({ seed: 1, steps: 150, every: 150 })
  expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(150)
  expect(Object.keys(counts).filter((name) => counts[name] === 0)).toEqual([])
})
