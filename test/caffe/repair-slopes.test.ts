import { readFileSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readCaffeModel } from "../../src/caffe/caffemodel.js"
import { loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { forward } from "../../src/engines/index.js"
import { compareNets } from "../../src/equivalence/index.js"
import { callsOf } from "../../src/layers/index.js"
import { count } from "../../src/net/index.js"
import { casesOf, readCase } from "../oracle/case.js"

const files = (name: string) => {
  const { folder } = readCase("formats/bad", name)
  return [join(folder, "net.prototxt"), join(folder, "net.caffemodel")] as const
}

const cases = {
  prelu_shared_into_channel: [32],
  prelu_scalar_into_channel: [32],
  prelu_shape1_into_shared: [],
  prelu_channel_into_shared: [32],
} as const

describe("slopes that do not fit", () => {
  test("have all four cases of the oracle", () => {
    const known = casesOf("formats/bad").filter((name) => name.includes("_into_"))
    expect(known.filter((name) => name.startsWith("prelu")).sort()).toEqual(Object.keys(cases).sort())
  })

  test.each(Object.entries(cases))(
    "%s: an error with the way out, and on request a repair",
    async (name, shape) => {
      const [prototxt, caffemodel] = files(name)
      await expect(loadNet(prototxt, caffemodel)).rejects.toThrow(/shape mismatch: .*repair: "slopes"/)
      const net = await loadNet(prototxt, caffemodel, { repair: "slopes" })
      const { blobs, message } = net.layer("prelu")
      expect(blobs[0]!.shape).toEqual(shape)
      expect(net.warnings.filter((text) => text.startsWith("slopes of prelu repaired: "))).toHaveLength(1)
      expect(callsOf(net).problems.size).toBe(0)
      const inFile = readCaffeModel(readFileSync(caffemodel)).layers.find(({ name }) => name === "prelu")!
      const held = inFile.blobs[0]!.data
      expect([...blobs[0]!.data]).toEqual(Array.from(blobs[0]!.data, (_, c) => held[c % held.length]))
      if (name === "prelu_channel_into_shared") expect(message.prelu_param).toBeUndefined()
      else expect(new Set(blobs[0]!.data).size).toBe(1)

      const place = join(await mkdtemp(join(tmpdir(), "prelab-repair-")), "net")
      const saved = await saveNet(net, place)
      const again = await loadNet(saved.prototxt, saved.caffemodel)
      expect(again.layer("prelu").blobs).toEqual(blobs)
      expect((await compareNets(net, again)).certificate.complete).toBe(true)
      const data = { shape: [1, 32, 2, 2], data: new Float32Array(count([1, 32, 2, 2])).fill(-2) }
      const { o } = (await forward(again, { data })).outputs
      const { shape: axes, data: slopes } = blobs[0]!
      o!.data.forEach((value, i) => {
        const slope = slopes[axes.length === 0 ? 0 : Math.floor(i / 4)]!
        // The sum with max(x, 0) has no negative zero.
        expect(value).toBe(Math.fround(-2 * slope) + 0)
      })
    },
  )

  test("of another count are refused as before", async () => {
    const [, caffemodel] = files("prelu_channel_into_shared")
    const text = `name: "s" layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 16 dim: 2 dim: 2 } } }
      layer { name: "prelu" type: "PReLU" bottom: "data" top: "o" }`
    await expect(loadNet(Buffer.from(text), caffemodel, { repair: "slopes" })).rejects.toThrow(
      "shape mismatch",
    )
  })

  test("that fit are left alone", async () => {
    const { prototxt, caffemodel } = readCase("rewrites", "prelu_channel")
    const [plain, asked] = [
      await loadNet(prototxt, caffemodel),
      await loadNet(prototxt, caffemodel, { repair: "slopes" }),
    ]
    expect(asked.warnings).toEqual(plain.warnings)
    expect(asked.layers.map(({ blobs }) => blobs)).toEqual(plain.layers.map(({ blobs }) => blobs))
  })
})
