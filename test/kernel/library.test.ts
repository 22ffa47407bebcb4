import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText, withLibrary } from "./client.js"

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))

/** A net of one layer that would take many minutes: a window as large as the plane around each of its values. */
const slowNet = `
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1000 dim: 1 dim: 100 dim: 100 } } }
  layer {
    name: "slow" type: "LRN" bottom: "data" top: "slow"
    lrn_param { norm_region: WITHIN_CHANNEL local_size: 199 }
  }`
const folder = mkdtempSync(join(tmpdir(), "prelab-stop-"))
const slow = join(folder, "slow.prototxt")

let kernel: KernelClient
beforeAll(async () => {
  writeFileSync(slow, slowNet)
  kernel = await KernelClient.start({ program: withLibrary })
  const { reply } = await kernel.execute(
    `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")\n` +
      "const images = { shape: [6000, 1, 28, 28], data: new Float32Array(6000 * 784) }\nlet state = 41",
  )
  expect(reply.content).toMatchObject({ status: "ok" })
})
afterAll(async () => {
  await kernel.close()
  rmSync(folder, { recursive: true })
})

async function stopped(code: string) {
  const id = await kernel.sendCell(`console.log("begun"); ${code}`)
  await kernel.until(() => kernel.of(id).some((m) => String(m.content.text).startsWith("begun")))
  await kernel.request("control", "interrupt_request", {})
  return kernel.finished(id)
}

describe("a Stop of the library's long work", () => {
  const cells = {
    "a forward pass": "await forward(net, { data: images })",
    "a forward pass that is waited for with others":
      "await Promise.all([1, 2].map(() => forward(net, { data: images })))",
    "a comparison": "await compareNets(net, foldBatchNorm(net).net, { inputs: { data: images } })",
  }
  it.each(Object.entries(cells))("ends %s, and keeps the state", async (_, code) => {
    const { reply } = await stopped(code)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute("state + 1"))).toBe("42")
  })

  it("ends a layer half way", async () => {
    const data = "{ shape: [1000, 1, 100, 100], data: new Float32Array(10_000_000) }"
    const { reply } = await stopped(`await forward(await loadNet("${slow}"), { data: ${data} })`)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute("state + 1"))).toBe("42")
  })

  it("ends passes of gpu.js, and leaves it usable", async () => {
    const few =
      '{ data: { shape: [20, 1, 28, 28], data: images.data.slice(0, 20 * 784) } }, { backend: "webasm" }'
    const { reply } = await stopped(`while (true) await forward(net, ${few})`)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute(`(await forward(net, ${few})).backend`))).toBe("'webasm'")
  })

  it("ends the work itself: what it would have given never comes", async () => {
    const { id } = await stopped(
      "void forward(net, { data: images }).then(() => console.log('given'), (e) => console.log('ended by ' + e.name)); await new Promise(() => {})",
    )
    await kernel.until(() =>
      kernel.of(id).some((m) => String(m.content.text).includes("ended by Interrupted")),
    )
    expect(kernel.of(id).some((m) => String(m.content.text).includes("given"))).toBe(false)
  })
})
