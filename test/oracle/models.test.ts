import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { type Backend, engineOf } from "../../src/engines/index.js"
import { loadArray } from "../../src/formats/arrays.js"
import { callsOf, U } from "../../src/layers/index.js"
import { type Blob, count, type Layer, type Net, type Value } from "../../src/net/index.js"
import { casesOf, difference, isWhole, type OracleCase, readCase } from "./case.js"
import { type Loaded, loadCase } from "./run-case.js"

/** The software Vulkan driver that comes with Chromium: with it the real WebGPU path runs on a machine without a GPU. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json"
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(driver)) process.env.VK_ICD_FILENAMES = driver

const rows: string[] = []
afterAll(() => {
  console.log(
    [
      "largest difference from Caffe (limit), blob by blob",
      ...rows,
      isWhole ? "" : "the real models are not beside this repository",
    ].join("\n"),
  )
})

/**
 * How far float32 may be from float32. Each of K products may round another way: the oracle measured at most
 * (4 + 2 sqrt K) u of the largest output for every order of summation, K up to 9,216. Layers before it add terms, so K is the largest fan-in so far.
 */
function limit(net: Net, layer: Layer, largest: number): number {
  const before = net.layers.slice(0, net.indexOf(layer) + 1)
  const fanIn = Math.max(
    1,
    ...before
      .filter(({ blobs }) => (blobs[0]?.shape.length ?? 0) > 1)
      .map(({ blobs }) => count(blobs[0]!.shape, 1)),
  )
  return (4 + 2 * Math.sqrt(fanIn)) * U * largest
}

async function run(
  { calls, inputs }: Loaded,
  backend: Backend | undefined,
  wanted: Value[],
): Promise<Map<Value, Float32Array>> {
  const plan = await engineOf(backend ? "gpu" : "reference").compile(
    calls,
    wanted,
    backend ? { backend } : {},
  )
  try {
    if (backend) expect(plan.backend).toBe(backend)
    return await plan.run(inputs)
  } finally {
    await plan.dispose()
  }
}

async function compare(name: string, of: OracleCase, backend: Backend | undefined): Promise<void> {
  const loaded = await loadCase(of)
  const { net, calls } = loaded
  const everything = net.values.filter((value) => net.producer(value).type !== "Input")
  const results = await run(loaded, backend, everything)
  for (const output of of.outputs) {
    const layer = net.layers[output.layer_index]!
    expect(layer.name).toBe(output.layer)
    const value = layer.tops.find((top) => top.blob === output.blob)!
    const { max, size } = difference(
      { shape: calls.shapes.get(value)!, data: results.get(value)! },
      of,
      output,
    )
    const allowed = limit(net, layer, size)
    rows.push(
      `${name} on ${backend ?? "reference"}: ${output.layer} ${max.toExponential(2)} (${allowed.toExponential(2)})`,
    )
    expect(max, `${output.layer} of ${name}`).toBeLessThanOrEqual(allowed)
  }
}

const real = isWhole ? casesOf("models").filter((name) => name !== "enet") : []

if (isWhole)
  describe("every stored blob of the real models", () => {
    test.each(real)(
      "%s on the reference engine",
      (name) => compare(name, readCase("models", name), undefined),
      120_000,
    )
    test.each(real)(
      "%s on gpu.js, webasm",
      (name) => compare(name, readCase("models", name), "webasm"),
      300_000,
    )
    test.each(existsSync(driver) ? ["det1", "det1_reshaped"] : [])(
      "%s on gpu.js, webgpu",
      (name) => compare(name, readCase("models", name), "webgpu"),
      120_000,
    )

    test("ENet's prototxt loads with its fork fields named, and shows what cannot run", async () => {
      const net = await loadNet(`${readCase("models", "enet").folder}/enet_deploy.prototxt`)
      expect(net.warnings).toContain("unknown field layer.bn_param kept (line 65)")
      const reasons = new Set([...callsOf(net).problems.values()].map(({ message }) => message))
      expect([...reasons].join()).toContain("unsupported layer type: BN in layer bn0_1")
    })
  })

describe("the sample net on a hundred digits", () => {
  const data = (name: string) => fileURLToPath(new URL(`../../notebooks/data/${name}`, import.meta.url))
  const backends: (Backend | undefined)[] = [
    undefined,
    "webasm",
    "cpu",
    ...(existsSync(driver) ? (["webgpu"] as const) : []),
  ]

  test.each(backends)("agrees with Caffe on %s", async (backend) => {
    const net = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))
    const [images, want] = await Promise.all(
      ["digits-100.npy", "digits-100-prob.npy"].map((name) => loadArray(data(name))),
    )
    const loaded = {
      net,
      calls: callsOf(net, { data: images!.shape }),
      inputs: new Map([[net.inputs[0]!, images!.data]]),
    }
    const prob = net.outputs[0]!
    const got = (await run(loaded, backend, [prob])).get(prob)!
    const max = largestDifference(got, want!)
    rows.push(`digits on ${backend ?? "reference"}: prob ${max.toExponential(2)}`)
    expect(max).toBeLessThanOrEqual(limit(net, net.producer(prob), 1))
  })
})

function largestDifference(got: Float32Array, want: Blob): number {
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - want.data[i]!)), 0)
}
