import { expect, test } from "vitest"
import { liveCurve } from "../../src/figures/index.js"
import { slopePanel } from "../../src/figures/slope-panel.js"
import { lossCurves } from "../../src/training/index.js"

interface Trace {
  readonly name: string
  readonly x: readonly (number | null)[]
  readonly y: readonly (number | null)[]
  readonly fill?: string
}

/** Slopes of two moments, each channel one higher than the one before. */
function tracesOf(channels: number, moments = 2): Trace[] {
  const slopes = Array.from({ length: moments }, (_, iteration) => ({
    iteration,
    p: Array.from({ length: channels }, (_, channel) => channel + iteration),
  }))
  const [run] = lossCurves({ loss: [1, 1], slopes }).runs
  return slopePanel(run!, {}).data as Trace[]
}

test("every channel is a line of its own behind the mean", () => {
  const [channels, mean] = tracesOf(3)
  expect(channels!.x).toEqual([0, 1, null, 0, 1, null, 0, 1, null])
  expect(channels!.y).toEqual([0, 1, null, 1, 2, null, 2, 3, null])
  expect(mean).toMatchObject({ name: "mean slope of p", x: [0, 1], y: [1, 2] })
})

test("a layer of many channels has the range that they lie in, one slope a layer its mean alone", () => {
  const [range, mean] = tracesOf(500)
  expect(range).toMatchObject({ x: [0, 1, 1, 0], y: [499, 500, 1, 0], fill: "toself" })
  expect(mean!.y).toEqual([249.5, 250.5])
  expect(tracesOf(1)).toHaveLength(1)
})

test("a long run is thinned from its first moment to its last", () => {
  const [mean] = tracesOf(1, 1000)
  expect(mean!.x).toHaveLength(40)
  expect([mean!.x[0], mean!.x.at(-1)]).toEqual([0, 999])
})

test("a live curve is drawn from two points on, its ends in words, without what no log scale shows", () => {
  expect(liveCurve("loss", [1]).text).toBe("")
  const { text } = liveCurve("loss", [2, Number.NaN, 1, 0.5])
  expect(text).toContain('aria-label="loss from 2, between 0.5 and 2"')
  expect(text).toContain('points="0.0,4.0 240.0,60.0 480.0,116.0"')
})
