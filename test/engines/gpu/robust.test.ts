import { describe, expect, it } from "vitest"
import { hasHeadlessGl } from "../../../src/engines/gpu/load-gpu-js.js"
import { runChild, webgpuEnvironment } from "./child.js"

const env = webgpuEnvironment()
const backends = [
  ["webasm", process.env] as const,
  ["cpu", process.env] as const,
  ...(env ? [["webgpu", env] as const] : []),
]

const setup = `
  import { gpu } from "../../../src/engines/gpu/index.js"
  import { forward } from "../../../src/engines/index.js"
  import { callsOf } from "../../../src/layers/index.js"
  import { setStopCheck } from "../../../src/stop.js"
  import { smallNet } from "./small-net.js"
  import { watchDevices, watched } from "./watched-device.js"
  const { net, input, data } = smallNet(12)
  const calls = callsOf(net)
  const inputs = new Map([[input, data]])
  const said = (work) => work.then(() => "no error", (error) => error.message)
`

const thousand = (backend: string) => `${setup}
  if ("${backend}" === "webgpu") watchDevices()
  const memory = () => {
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 2 ** 20
  }
  const plan = await gpu.compile(calls, net.values, { backend: "${backend}" })
  const pass = async (n) => { for (let i = 0; i < n; i++) await plan.run(inputs) }
  await pass(100)
  const before = { memory: memory(), buffers: watched.buffers }
  await pass(1000)
  const grown = { memory: memory() - before.memory, buffers: watched.buffers - before.buffers }
  await plan.dispose()
  const whole = async (n) => {
    for (let i = 0; i < n; i++) await forward(net, { data: { shape: [1, 3, 12, 12], data } }, { backend: "${backend}" })
  }
  await whole(5)
  const old = memory()
  await whole(15)
  console.log(JSON.stringify({ grown, plans: memory() - old, left: watched.buffers }))`

describe("memory", () => {
  // A pass returns 29,000 bytes here: 1,000 that were kept would be 28 MiB. The heap itself breathes by
  // several.
  it.each(backends)(
    "1,000 passes of a plan and 15 plans on %s leave nothing behind, and the process exits by itself",
    async (backend, env) => {
      const { grown, plans, left } = (await runChild(thousand(backend), env, ["--expose-gc"])) as {
        grown: { memory: number; buffers: number }
        plans: number
        left: number
      }
      expect(grown.buffers).toBe(0)
      expect(grown.memory).toBeLessThan(14)
      expect(plans).toBeLessThan(14)
      expect(left).toBe(0)
    },
  )
})

const stopped = (backend: string) => `${setup}
  if ("${backend}" === "webgpu") watchDevices()
  const one = { data: { shape: [1, 3, 12, 12], data } }
  const pass = () => forward(net, one, { backend: "${backend}" })
  const right = (await pass()).outputs
  const errors = []
  // Stopped before it compiles, and after it has computed.
  for (const when of [1, 2]) {
    let asked = 0
    setStopCheck(() => { if (++asked === when) throw new Error("stopped " + when) })
    errors.push(await said(pass()))
  }
  setStopCheck(() => {})
  const again = (await pass()).outputs
  const same = again.prob.data.every((v, i) => v === right.prob.data[i])
  console.log(JSON.stringify({ errors, same, left: watched.buffers }))`

describe("a pass that is stopped", () => {
  it.each(backends)("leaves %s usable, and nothing behind", async (backend, env) => {
    const { errors, same, left } = (await runChild(stopped(backend), env)) as {
      errors: string[]
      same: boolean
      left: number
    }
    expect(errors).toEqual(["stopped 1", "stopped 2"])
    expect(same).toBe(true)
    expect(left).toBe(0)
  })
})

const lost = `${setup}
  watchDevices()
  const first = await gpu.compile(calls, net.outputs, { backend: "webgpu" })
  const second = await gpu.compile(calls, net.outputs, { backend: "webgpu" })
  const right = [...(await first.run(inputs)).values()][0]
  const devices = watched.devices.length
  const running = second.run(inputs)
  watched.devices.at(-1).destroy()
  const errors = [await said(running), await said(first.run(inputs))]
  const results = [await first.run(inputs), await second.run(inputs)].map((result) => [...result.values()][0])
  const fresh = await forward(net, { data: { shape: [1, 3, 12, 12], data } }, { backend: "webgpu" })
  await first.dispose()
  await second.dispose()
  const same = [...results, fresh.outputs.prob.data].every((values) => values.every((v, i) => v === right[i]))
  console.log(JSON.stringify({ errors, same, devices, opened: watched.devices.length, gone: !globalThis.navigator?.gpu }))`

if (env)
  it("a device that is lost is an error of every plan on it, and their next runs share a new one", async () => {
    const answer = (await runChild(lost, env)) as {
      errors: string[]
      same: boolean
      devices: number
      opened: number
      gone: boolean
    }
    for (const error of answer.errors)
      expect(error).toMatch(/^gpu device lost: webgpu, .*; run it again: the next pass opens a new device$/)
    expect(answer).toMatchObject({ same: true, devices: 1, opened: 2, gone: true })
  })

describe("headlessgl", () => {
  it("is there where gpu.js finds the gl package, and only then", () => {
    expect(hasHeadlessGl(() => () => ({}))).toBe(true)
    expect(hasHeadlessGl(() => ({}))).toBe(false)
    expect(
      hasHeadlessGl(() => {
        throw new Error("Cannot find module 'gl'")
      }),
    ).toBe(false)
  })
})
