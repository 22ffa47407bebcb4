import { expect, test } from "vitest"
import { diagnose } from "../../src/diagnosis/index.js"
import type { Net } from "../../src/net/index.js"
import { conv, image, randomNet, relu } from "../transforms/random-net.js"
import { fromFiles } from "./scripts.js"

const dropout = (
  name: string,
  blob: string,
  p: number,
) => `layer { name: "${name}" type: "Python" bottom: "${blob}" top: "${blob}"
  python_param { module: "spatial_dropout" layer: "SpatialDropoutLayer" param_str: "{'p': ${p}}" } }`
const merged = (name: string, blob: string) =>
  `layer { name: "${name}" type: "BN" bottom: "${blob}" top: "${blob}" bn_param { bn_mode: INFERENCE } }`

const blocks = ["1", "2", "3"].flatMap((n) => {
  const blob = `c${n}`
  const bottom = n === "1" ? "data" : `c${Number(n) - 1}`
  const weights = conv(blob, bottom, blob, "num_output: 4 kernel_size: 3 pad: 1")
  return [
    weights,
    merged(`bn${n}`, blob),
    dropout(`drop${n}`, blob, n === "1" ? 0.01 : 0.1),
    relu(`r${n}`, blob),
  ]
})

/** ENet's script: BN into the convolution, and 1 / (1 - p) too, but it returns from within its loop after the first dropout. */
function absorbed(original: Net, compensated: readonly string[]): Net {
  const layers = original.layers.flatMap((layer) => {
    if (layer.type === "Input") return [layer]
    const n = layer.name.at(-1)!
    if (layer.type === "ReLU") return [{ ...layer, bottoms: original.layer(`c${n}`).tops }]
    if (layer.type !== "Convolution") return []
    const [scale, shift] = original.layer(`bn${n}`).blobs.map(({ data }) => data)
    const factor = compensated.includes(n) ? 1 / (1 - (n === "1" ? 0.01 : 0.1)) : 1
    const [weight, bias] = layer.blobs
    const row = weight!.data.length / 4
    const blobs = [
      { shape: weight!.shape, data: weight!.data.map((w, i) => w * scale![Math.floor(i / row)]! * factor) },
      { shape: bias!.shape, data: bias!.data.map((b, c) => (b * scale![c]! + shift![c]!) * factor) },
    ]
    return [{ ...layer, blobs }]
  })
  return fromFiles(original.with(layers, { files: {} }))
}

test("dropouts of which a script compensates the first alone", async () => {
  const original = randomNet([image, ...blocks].join("\n"))
  expect((await diagnose(original, absorbed(original, ["1", "2", "3"]))).findings).toEqual([])
  const { findings, equivalent } = await diagnose(original, absorbed(original, ["1"]))
  expect(equivalent).toBe(false)
  expect(findings.map(({ bug, layer, into }) => [bug, layer, into])).toEqual([
    ["dropout factor missing", "drop2", "c2"],
    ["dropout factor missing", "drop3", "c3"],
  ])
})

test("dropouts of which a script compensates none", async () => {
  const original = randomNet([image, ...blocks].join("\n"))
  const { findings } = await diagnose(original, absorbed(original, []))
  expect(findings.map(({ layer }) => layer)).toEqual(["drop1", "drop2", "drop3"])
})
