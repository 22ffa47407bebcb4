import { describe, expect, test } from "vitest"
import { compareEveryLayer, netsOfLayers } from "./every-layer.js"
import { hasWebGpu } from "./software-webgpu.js"

/** Without a GPU the largest takes minutes: it runs with PRELAB_EVERY_LAYER=1. */
const nets = Object.keys(netsOfLayers).filter(
  (name) => process.env.PRELAB_EVERY_LAYER || name !== "open_nsfw",
)
const timeout = process.env.PRELAB_EVERY_LAYER ? 1_200_000 : 120_000

describe.each(["webasm", "cpu", ...(hasWebGpu ? (["webgpu"] as const) : [])] as const)("on %s", (backend) => {
  test.each(nets)(
    "every layer of %s is within its bound, fed the reference's bottoms",
    { timeout },
    async (name) => {
      const worst = await compareEveryLayer(await netsOfLayers[name]!(), "gpu", backend)
      expect(worst.compared).toBeGreaterThan(0)
      expect(worst.ratio).toBeLessThanOrEqual(1)
    },
  )
})
