import { expect, test, vi } from "vitest"
import { displaySymbol } from "../../src/kernel/mime-bundle.js"
import { tellStop } from "../../src/stop.js"
import {
  lossCurves,
  prepareTraining,
  type SolverFields,
  type TrainingRun,
  type TrainOptions,
} from "../../src/training/index.js"
import type { ChangeWish } from "../../src/widgets/cockpit-state.js"
import { trainingCockpit } from "../../src/widgets/steer-training.js"
import { waitUntil } from "../patience.js"
import { smallItems, smallSolver } from "./small-training.js"
import { onWire } from "./wire.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))

async function cockpitOnWire(fields: Partial<SolverFields> = {}, options: Partial<TrainOptions> = {}) {
  let id = 0
  const wired = onWire(() => trainingCockpit({ ...smallSolver, ...fields }, { ...smallItems, ...options }))
  const cockpit = await wired.made
  const { widget } = cockpit
  /** Asks as a page does. */
  const ask = async (name: string, msg: unknown = null) => {
    const question = `q${++id}`
    await wired.receive({ content: { id: question, kind: "anywidget-command", name, msg } })
    return vi
      .waitUntil(() =>
        wired.wire.sent.find(({ content }) => (content as { id?: string } | undefined)?.id === question),
      )
      .then(({ content }) => (content as { response: { value?: unknown; error?: string } }).response)
  }
  return { cockpit, widget, ask, wire: wired.wire }
}

const rows = (view: ArrayBufferView, size: number) => {
  const all = Array.from(view as Float32Array)
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size))
}

test("a training that is begun by the page is the training that train() would have done", async () => {
  const { cockpit, widget, ask } = await cockpitOnWire()
  expect([widget.get("phase"), widget.get("run").iteration]).toEqual(["ready", 0])
  await ask("start")
  await cockpit.settled()
  const plain = await (await prepareTraining(smallSolver, smallItems)).resume()
  expect(cockpit.run.loss).toEqual(plain.loss)
  expect(widget.get("phase")).toBe("finished")
  const { name, iteration, loss, accuracy, slopes } = widget.get("run")
  expect([name, iteration]).toEqual(["run 1", 40])
  expect(rows(loss, 4)).toEqual(
    plain.loss.map(({ iteration: at, loss: of }) => [at, ...Array(3).fill(Math.fround(of))]),
  )
  expect(rows(accuracy, 2)).toEqual(plain.test.map((each) => [each.iteration, Math.fround(each.accuracy!)]))
  const last = plain.net.layer("p1").blobs[0]!.data
  const [at, mean, least, largest] = rows(slopes[0]!, 4).at(-1)!
  expect([at, least, largest]).toEqual([40, Math.min(...last), Math.max(...last)])
  expect(mean).toBeCloseTo(last.reduce((sum, x) => sum + x, 0) / 5, 6)
  expect(Array.from(widget.get("slopes")[1] as Float32Array)).toEqual([
    ...plain.net.layer("p2").blobs[0]!.data,
  ])
  expect(widget.get("layers")).toEqual([
    { name: "p1", shared: false, channels: 5 },
    { name: "p2", shared: true, channels: 1 },
  ])
})

test("steps are one iteration each, and a pause keeps the net so far", async () => {
  const { cockpit, widget, ask } = await cockpitOnWire({ max_iter: 1_000_000 })
  for (let i = 0; i < 3; i++) {
    await ask("step")
    await cockpit.settled()
  }
  expect([widget.get("run").iteration, widget.get("phase")]).toEqual([3, "paused"])
  const training = cockpit.start()
  await waitUntil(() => widget.get("run").iteration > 10)
  await ask("pause")
  await training
  expect(widget.get("phase")).toBe("paused")
  expect(widget.get("run").iteration).toBe(cockpit.run.iteration)
  expect(cockpit.net.layer("p1").blobs[0]!.data).toEqual(Float32Array.from(cockpit.run.currentSlopes.p1!))
})

test("a Stop is a pause, and the training goes on afterwards", async () => {
  const { cockpit, widget } = await cockpitOnWire({ max_iter: 1_000_000 })
  const training = cockpit.start()
  await waitUntil(() => widget.get("run").iteration > 5)
  tellStop()
  await training
  const reached = cockpit.run.iteration
  expect([widget.get("phase"), widget.get("problem")]).toEqual(["paused", ""])
  await cockpit.start(reached + 2)
  expect(cockpit.run.iteration).toBe(reached + 2)
  // Nobody waits for it any more: another Stop is nothing to it.
  tellStop()
  expect(widget.get("phase")).toBe("paused")
})

test("a training that fails says why, and the page's buttons go on", async () => {
  let failures = 0
  const onIteration = ({ iteration }: TrainingRun) => {
    if (iteration === 3 && failures++ === 0) throw new Error("out of chalk")
  }
  const { cockpit, widget, ask } = await cockpitOnWire({}, { onIteration })
  await ask("start")
  await cockpit.settled()
  expect([widget.get("phase"), widget.get("problem")]).toEqual(["paused", "out of chalk"])
  await ask("start")
  await cockpit.settled()
  expect([widget.get("phase"), widget.get("problem")]).toEqual(["finished", ""])
})

test("rate and slopes that the page sets count from the next iteration on, and are marked", async () => {
  const { cockpit, widget, ask } = await cockpitOnWire()
  await cockpit.start(5)
  const wish: ChangeWish = { base_lr: 0.02 }
  expect(await ask("change", wish)).toEqual({ value: undefined, buffer_paths: [] })
  await ask("change", { slopes: { layer: 0, channel: 3, value: -0.5 } })
  await ask("change", { slopes: { layer: 1, value: 0.75 } })
  expect(cockpit.run.currentSlopes).toMatchObject({ p2: [0.75] })
  expect(cockpit.run.currentSlopes.p1![3]).toBe(-0.5)
  expect(widget.get("baseRate")).toBe(Math.fround(0.02))
  expect(widget.get("run").changes).toEqual([
    { iteration: 5, what: "learning rate 0.1 → 0.02" },
    { iteration: 5, what: "slope 3 of p1 → -0.5" },
    { iteration: 5, what: "all slopes of p2 → 0.75" },
  ])
  await ask("step")
  await cockpit.settled()
  expect(cockpit.run.learningRate).toBe(Math.fround(0.02))
  expect(await ask("change", { base_lr: -1 })).toMatchObject({
    error: "base_lr is negative or no number: -1",
  })
})

test("a new run keeps the one before, begins with the same weights, and goes on with the rate as it was set", async () => {
  const { cockpit, widget, ask } = await cockpitOnWire()
  await cockpit.start(8)
  cockpit.change({ base_lr: 0.5 })
  const before = widget.get("run")
  await Promise.all([ask("reset"), ask("reset")])
  expect(widget.get("kept")).toEqual([before])
  expect(widget.get("run")).toMatchObject({
    name: "run 2",
    iteration: 0,
    changes: [{ iteration: 0, what: "learning rate 0.1 → 0.5" }],
  })
  await cockpit.start(8)
  const [first, second] = cockpit.runs
  expect(second!.loss[0]).toEqual(first!.loss[0])
  expect(second!.loss[5]).not.toEqual(first!.loss[5])
  expect(lossCurves(cockpit.runs).runs.map(({ name }) => name)).toEqual(["run 1", "run 2"])
})

test("a new run in place of one that has not begun is the same run", async () => {
  const { cockpit, widget } = await cockpitOnWire()
  await cockpit.reset()
  expect([widget.get("kept"), cockpit.runs.length, widget.get("run").name]).toEqual([[], 1, "run 1"])
})

test("the page is told at most ten times a second, however many iterations there are", async () => {
  const { cockpit, wire } = await cockpitOnWire({ max_iter: 3000 })
  const began = performance.now()
  wire.sent.length = 0
  await cockpit.start()
  const updates = wire.sent.filter(({ method }) => method === "update").length
  expect(updates).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / 100) + 3)
  expect(rows(cockpit.widget.get("run").loss, 4)).toHaveLength(1500)
})

test("while it trains the kernel answers others", async () => {
  const { cockpit } = await cockpitOnWire({ max_iter: 1_000_000 })
  const training = cockpit.start()
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 1))
  await cockpit.pause()
  await training
  expect(cockpit.run.isFinished).toBe(false)
})

test("where no widget can be shown the curves are a table", async () => {
  await import("../../src/figures/index.js")
  const { cockpit } = await cockpitOnWire()
  const early: Record<string, unknown> = await cockpit[displaySymbol]()
  expect(early["text/plain"]).toBe("Training cockpit. Training run 1: 0 of 40 iterations")
  await cockpit.start()
  const bundle: Record<string, unknown> = await cockpit[displaySymbol]()
  expect(Object.keys(bundle)).toEqual(["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"])
  expect(bundle["text/html"]).toContain("run 1")
})

test("what cannot be trained is refused where the cockpit is made", async () => {
  await expect(cockpitOnWire({ base_lr: -1 })).rejects.toThrow("base_lr is negative or no number: -1")
})
