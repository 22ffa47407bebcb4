import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText, withLibrary } from "./client.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ program: withLibrary })
  const { reply } = await kernel.execute(`
    const items = { data: await loadArray("${data}/digits-100.npy"), labels: await loadArray("${data}/digits-100-labels.npy") }
    const solver = { net: lenet(), base_lr: 0.01, lr_policy: "fixed", momentum: 0.9, max_iter: 100_000 }`)
  expect(reply.content).toMatchObject({ status: "ok" })
})
afterAll(async () => {
  await kernel.close()
})

describe("training in a cell", () => {
  it("shows one display that grows, ends at a Stop, and leaves the net so far", async () => {
    const id = await kernel.sendCell("const run = await train(solver, items)")
    const updates = () => kernel.of(id).filter(({ header }) => header.msg_type === "update_display_data")
    await kernel.until(() => updates().length >= 3)
    await kernel.request("control", "interrupt_request", {})
    const { reply } = await kernel.finished(id)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    const displays = kernel.of(id).filter(({ header }) => header.msg_type === "display_data")
    expect(displays).toHaveLength(1)
    const html = String((updates().at(-1)!.content.data as Record<string, unknown>)["text/html"])
    expect(html).toContain('<progress aria-label="training LeNet" max="100000"')
    expect(html).toContain('<svg role="img" aria-label="loss from 2.')

    const net = await kernel.execute("lastTraining()!.net.parameters")
    expect(resultText(net)).toBe(String(431_080 + 570))
    const more = await kernel.execute(
      "const before = lastTraining()!.iteration; const again = await lastTraining()!.resume(before + 2); [before > 0, again.iteration - before, again.loss.length - before]",
    )
    expect(resultText(more)).toBe("[ true, 2, 2 ]")
  })

  it("shows one display for all trainings of an experiment", async () => {
    const { outputs, reply } = await kernel.execute(
      "const { runs } = await fineTuneSlopes({ ...items, iterations: 2 }); Object.keys(runs).length",
    )
    expect(reply.content).toMatchObject({ status: "ok" })
    const displays = outputs.filter(({ header }) => header.msg_type === "display_data")
    expect(displays).toHaveLength(1)
    const last = outputs.filter(({ header }) => header.msg_type === "update_display_data").at(-1)!
    const { data } = last.content as { data: Record<string, string> }
    expect(data["text/plain"]).toMatch(
      /^trainings: 8 of 8, ReLU loss [\d.]+; ReLU goes on loss [\d.]+; slope 0 loss [\d.]+; slope 0\.25 loss [\d.]+, [\d.]+ s$/,
    )
  })

  it("shows a run as its curves", async () => {
    const { outputs } = await kernel.execute("await train({ ...solver, max_iter: 2 }, items)")
    const { data: bundle } = outputs.at(-1)!.content as { data: Record<string, string> }
    expect(bundle["text/plain"]).toMatch(/^Training LeNet: 2 of 2 iterations, loss 2\.\d+$/)
    expect(Object.keys(bundle)).toEqual(
      expect.arrayContaining(["application/vnd.plotly.v1+json", "text/html"]),
    )
  })
})
