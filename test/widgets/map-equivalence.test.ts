import { expect, test, vi } from "vitest"
import { compareNets } from "../../src/equivalence/index.js"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import type { Net } from "../../src/net/index.js"
import { type EquivalenceMapOptions, equivalenceMap } from "../../src/widgets/map-equivalence.js"
import { itemOf } from "../../src/widgets/replay.js"
import { digitImages, digits } from "../inspect/sample.js"
import { broken, rewritten } from "./rewritten-digits.js"
import { onWire } from "./wire.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

async function open(before: Net, after: Net, options?: EquivalenceMapOptions) {
  const { made, receive, ...rest } = onWire(() => equivalenceMap(before, after, options))
  const map = await made
  let asked = 0
  const ask = (name: string) =>
    receive({ content: { id: `question-${++asked}`, kind: "anywidget-command", name, msg: null } })
  return { map, widget: map.widget, ask, receive: (state: object) => receive({ state }), ...rest }
}

test("the map has the comparison's ratios, channel by channel", async () => {
  const nets = await rewritten()
  const { widget, map } = await open(...nets)
  const alone = await compareNets(...nets)
  const { segments, equivalent, sentence, ran } = widget.get("map")!
  expect(segments.map(({ channels }) => Array.from(channels as Float64Array))).toEqual(
    alone.segments.map(({ channels }) => channels),
  )
  expect(segments.map(({ holds, status }) => [holds, status])).toEqual(
    alone.segments.map(({ holds, status }) => [holds, status]),
  )
  expect([equivalent, sentence, ran]).toEqual([true, String(alone), "reference (typescript)"])
  expect(map.comparison.segments.length).toBe(alone.segments.length)
})

test("a chosen cell tells the worst place of its channel", async () => {
  const [net, folded] = await broken()
  const { widget, receive, map } = await open(net, folded)
  const segment = map.comparison.segments.findIndex(({ layers }) => layers.b.includes("conv2"))
  // It begins where the nets differ most.
  expect(widget.get("chosen")).toEqual({ segment, channel: 5 })
  expect(widget.get("place")!.place!.where).toMatch(/^conv2 \[0, 5, \d+, \d+\]$/)
  await receive({ chosen: { segment, channel: 7 } })
  const { place, channel } = widget.get("place")!
  expect([channel, place!.channel]).toEqual([7, 7])
  const [a, b] = place!.values.map((value) => Math.fround(Number(value)))
  expect(Number(place!.difference)).toBe(Number(Math.abs(a! - b!).toPrecision(4)))
  expect(Number(place!.ratio)).toBe(
    Number((map.comparison.segments[segment]!.channels[7] ?? Number.NaN).toPrecision(4)),
  )
  expect(Number(place!.difference) / Number(place!.bound)).toBeCloseTo(Number(place!.ratio), 3)
})

test("in every channel of every segment the place has the channel's ratio", async () => {
  const { segments } = await compareNets(...(await broken()))
  let places = 0
  for (const { places: found, channels, worst } of segments) {
    for (const [c, place] of found.entries()) {
      if (!place) {
        expect(channels[c]).toBe(0)
        continue
      }
      places++
      expect(place.difference / place.bound).toBe(channels[c])
      expect(place.difference).toBe(Math.abs(place.values[0] - place.values[1]))
      if (place.at.length > 1) expect(place.at[1]).toBe(c)
      expect(place.difference / place.bound).toBeLessThanOrEqual(worst!.difference / worst!.bound)
    }
    expect(found).toHaveLength(channels.length)
  }
  expect(places).toBeGreaterThan(50)
})

test("places travel to no JSON document", async () => {
  const json = JSON.stringify(await compareNets(...(await rewritten())))
  expect(json).toContain('"segments"')
  expect(json).not.toContain('"places"')
})

test("another engine runs the comparison again, with progress, and says what really ran", async () => {
  const { widget, receive, map, wire } = await open(...(await rewritten()))
  expect(widget.get("engines").map(([value]) => value)).toEqual(
    expect.arrayContaining(["reference", "auto", "gpu webasm", "gpu cpu"]),
  )
  await receive({ engine: "gpu webasm", revision: 1 })
  await map.settled()
  expect(widget.get("map")).toMatchObject({ revision: 1, ran: "gpu (webasm)", equivalent: true })
  expect([widget.get("settled"), widget.get("progress"), widget.get("failure")]).toEqual([1, null, null])
  expect(widget.get("place")!.revision).toBe(1)
  const words = wire.sent.flatMap(({ state }) =>
    state.progress ? [(state.progress as { words: string }).words] : [],
  )
  expect(words[0]).toBe("starting gpu (webasm)")
  expect(map.comparison.backend).toBe("webasm")
})

test("an engine that cannot says so with its next step, and the last map stays", async () => {
  const { widget, receive, map } = await open(...(await rewritten()), { engine: "reference" })
  const before = widget.get("map")
  await receive({ engine: "gpu headlessgl", revision: 1 })
  await map.settled()
  expect(widget.get("failure")).toMatchObject({
    revision: 1,
    message: "gpu headlessgl: unknown engine: gpu headlessgl",
  })
  expect([widget.get("map"), widget.get("settled")]).toEqual([before, 1])
  await receive({ engine: "reference", revision: 2 })
  await map.settled()
  expect([widget.get("failure"), widget.get("map")!.revision]).toEqual([null, 2])
})

test("a hint of the engine's error reaches the page", async () => {
  const nets = await rewritten()
  const { widget, receive, map } = await open(...nets)
  const { gpu } = await import("../../src/engines/gpu/index.js")
  const { PrelabError } = await import("../../src/error.js")
  const compile = vi
    .spyOn(gpu, "compile")
    .mockRejectedValue(new PrelabError("device was lost", "webasm", { hint: "close other programs" }))
  await receive({ engine: "gpu webasm", revision: 1 })
  await map.settled()
  compile.mockRestore()
  expect(widget.get("failure")).toEqual({
    revision: 1,
    message: "gpu (webasm): device was lost: webasm",
    hint: "close other programs",
  })
})

test("Stop ends a run and leaves the last map", async () => {
  const { widget, receive, map, ask } = await open(...(await rewritten()))
  const before = widget.get("map")
  await receive({ engine: "gpu cpu", revision: 1 })
  await ask("stop")
  await map.settled()
  expect(widget.get("failure")).toMatchObject({ revision: 1, message: "stopped gpu (cpu)" })
  expect([widget.get("map"), widget.get("settled")]).toEqual([before, 1])
})

test("of a hundred wishes in a row the last one is answered, and no older answer is shown", async () => {
  const { widget, receive, map, wire } = await open(...(await rewritten()))
  wire.sent.length = 0
  for (let revision = 1; revision <= 100; revision++)
    await receive({ engine: revision % 2 ? "gpu webasm" : "reference", revision })
  await map.settled()
  expect(widget.get("map")).toMatchObject({ revision: 100, ran: "reference (typescript)" })
  const shown = wire.sent.flatMap(({ state }) =>
    state.map ? [(state.map as { revision: number }).revision] : [],
  )
  expect(shown).toEqual([100])
})

test("the reader's own data is one more probe", async () => {
  const { widget } = await open(...(await rewritten()), { input: itemOf(digitImages(), 3) })
  expect(widget.get("map")!.probes[0]).toBe("given")
})

test("a closed widget computes no more", async () => {
  const { widget, receive, map } = await open(...(await rewritten()))
  await receive({ engine: "gpu webasm", revision: 1 })
  map.close()
  await map.settled()
  expect(widget.get("map")!.revision).toBe(0)
})

test("where no widget can be shown the comparison shows itself", async () => {
  await import("../../src/figures/index.js")
  const { map } = await open(...(await rewritten()))
  const bundle: Record<string, unknown> = await map[displaySymbol]()
  expect(Object.keys(bundle)[0]).toBe("application/vnd.jupyter.widget-view+json")
  expect(bundle["text/html"]).toContain("certificate")
  expect(bundle["text/plain"]).toMatch(/^Equivalence map\. Equivalent on reference/)
})

test("nets without common ground are refused", async () => {
  const net = await digits()
  await open(net, net)
  const shorter = net.with(net.layers.slice(0, -1))
  await expect(equivalenceMap(net, shorter)).rejects.toThrow(
    "nets are not comparable: the second net has no output prob",
  )
})
