import { expect, test } from "vitest"
import { learnedSlopes, preluSlopes, slopeStatistics } from "../../src/inspect/index.js"
import { makeValue, Net } from "../../src/net/index.js"
import { digits, history } from "./sample.js"

/** A net of one PReLU layer with these slopes. */
function netWith(slopes: number[], options: { shared?: boolean; loaded?: boolean } = {}): Net {
  const { shared = false, loaded = true } = options
  const [data, out] = [makeValue("data"), makeValue("data")]
  const blob = { shape: shared ? [] : [slopes.length], data: new Float32Array(slopes) }
  return new Net({
    name: "one",
    layers: [
      { name: "data", type: "Input", bottoms: [], tops: [data], message: {}, blobs: [] },
      {
        name: "act",
        type: "PReLU",
        bottoms: [data],
        tops: [out],
        message: shared ? { prelu_param: { channel_shared: true } } : {},
        blobs: loaded ? [blob] : [],
      },
    ],
  })
}

test("the sample net's slopes are those its training ended with", async () => {
  const report = preluSlopes(await digits())
  const last = (history("digits-history.json") as { slopes: Record<string, number[]>[] }).slopes.at(-1)!
  expect(report.layers.map(({ layer }) => layer)).toEqual(["prelu1", "prelu2", "prelu3"])
  for (const { layer, slopes, shared } of report.layers) {
    expect(shared).toBe(false)
    expect(slopes).toEqual(last[layer])
  }
})

test("the report is one line of text and plain JSON", async () => {
  const report = preluSlopes(await digits())
  expect(String(report)).toMatch(
    /^Slopes of digits: 3 PReLU layers, 68 slopes from -?\d\.\d{3} to \d\.\d{3}, mean \d\.\d{3}, \d+ negative$/,
  )
  const { layers } = JSON.parse(JSON.stringify(report))
  expect(layers[0]).toMatchObject({ layer: "prelu1", shared: false, channels: 12 })
  expect(layers[0].slopes).toHaveLength(12)
})

test("statistics count what a rewrite can trip over", () => {
  const { mean, std, ...counts } = slopeStatistics([-0.5, 0, 0.25, 1.25, Number.NaN])
  expect(counts).toEqual({
    channels: 5,
    min: -0.5,
    max: 1.25,
    negative: 1,
    aboveOne: 1,
    dead: 1,
    notFinite: 1,
  })
  expect(mean).toBeCloseTo(0.25, 12)
  expect(std).toBeCloseTo(Math.sqrt((0.75 ** 2 + 0.25 ** 2 + 0 + 1) / 4), 12)
})

test("negative, large, dead and broken slopes are told in words", () => {
  const [layer] = preluSlopes(netWith([-0.5, 0, 1.25, Number.NaN])).layers
  expect(layer!.warnings).toEqual([
    "1 of 4 slopes is not a finite number",
    "1 of 4 slopes is negative (channel 0: -0.5): these responses are not monotonic",
    "1 of 4 slopes is above 1 (channel 2: 1.25): max(ax, x) would compute something else",
    "1 of 4 slopes is zero: a plain ReLU, nothing passes below 0",
  ])
})

test("equal slopes are a leaky ReLU, nearly equal ones are one within a stated error", () => {
  expect(preluSlopes(netWith([0.25, 0.25])).layers[0]!.warnings).toEqual([
    "all 2 slopes are 0.25: exactly a ReLU with negative_slope 0.25",
  ])
  expect(preluSlopes(netWith([0.25, 0.254])).layers[0]!.warnings).toEqual([
    "slopes differ by at most 0.004001: a ReLU with negative_slope 0.252 is within 0.002001 |x|",
  ])
  expect(preluSlopes(netWith([0.25, 0.3])).layers[0]!.warnings).toEqual([])
})

test("a channel_shared layer has one slope", () => {
  const [layer] = preluSlopes(netWith([0.1], { shared: true })).layers
  expect(layer).toMatchObject({ shared: true, channels: 1, warnings: [] })
  expect(layer!.slopes[0]).toBeCloseTo(0.1, 7)
})

test("a net without PReLU says so, and one without weights is refused", () => {
  expect(String(preluSlopes(new Net({ name: "", layers: [] })))).toBe("Slopes of (unnamed): no PReLU layers")
  expect(() => preluSlopes(netWith([0.1], { loaded: false }))).toThrow(
    "no weights loaded: layer act; load the net with its caffemodel",
  )
})

test("the paper's table has its thirteen layers", () => {
  expect(learnedSlopes).toHaveLength(13)
  expect(learnedSlopes.every(({ shared, perChannel }) => shared < 1 && perChannel < 1)).toBe(true)
})
