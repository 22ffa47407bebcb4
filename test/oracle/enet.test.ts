import { mkdtemp, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { engineOf } from "../../src/engines/index.js"
import { callsOf } from "../../src/layers/index.js"
import { count, type Layer, makeValue, Net, type Shape, type Value } from "../../src/net/index.js"
import { check } from "../engines/gpu/check.js"
import { generator } from "../engines/gpu/one-layer.js"
import { isWhole, readCase } from "./case.js"
import { withRandomWeights } from "./random-weights.js"

/** Height and width divide by eight, as often as ENet halves them. */
const size: Shape = [1, 3, 64, 128]

/** Two of ENet's bottlenecks, one that halves and one that undoes it: every layer type of the net. */
const small = `
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: [1, 3, 8, 8] } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2 } }
layer { name: "bn" type: "BN" bottom: "conv" top: "bn"
  bn_param { scale_filler { type: "constant" value: 1 } shift_filler { type: "constant" value: 0.001 } bn_mode: INFERENCE } }
layer { name: "prelu" type: "PReLU" bottom: "bn" top: "prelu" }
layer { name: "drop" type: "Python" bottom: "prelu" top: "drop"
  python_param { module: "spatial_dropout" layer: "SpatialDropoutLayer" param_str: "{\\'phase\\': \\'TEST\\', \\'p\\': \\'0.01\\'}" } }
layer { name: "pool" type: "Pooling" bottom: "drop" top: "pool" top: "pool_mask" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "add" type: "Eltwise" bottom: "pool" bottom: "pool" top: "add" }
layer { name: "up" type: "Upsample" bottom: "add" bottom: "pool_mask" top: "up" upsample_param { scale: 2 } }
layer { name: "deconv" type: "Deconvolution" bottom: "up" top: "deconv" convolution_param { num_output: 2 kernel_size: 2 stride: 2 } }
`

async function run(net: Net, wanted: readonly Value[], shape: Shape): Promise<Map<Value, Float32Array>> {
  const random = generator("image")
  const data = Float32Array.from({ length: count(shape) }, () => random() * 255 - 128)
  const calls = callsOf(net, { [net.inputs[0]!.blob]: shape })
  const plan = await engineOf("reference").compile(calls, wanted)
  return plan.run(new Map([[net.inputs[0]!, data]]))
}

/** One layer of a net with the bottoms that it had. */
function alone(net: Net, layer: Layer, shape: Shape, values: Map<Value, Float32Array>) {
  const { shapes } = callsOf(net, { [net.inputs[0]!.blob]: shape })
  const bottoms = layer.bottoms.map((value) => ({ shape: shapes.get(value)!, data: values.get(value)! }))
  const inputs = bottoms.map(({ shape: dim }, i): Layer => {
    const top = makeValue(`bottom${i}`)
    const message = { input_param: { shape: [{ dim: [...dim] }] } }
    return { name: top.blob, type: "Input", bottoms: [], tops: [top], message, blobs: [] }
  })
  const { origin: _origin, ...rest } = layer
  const tested = { ...rest, bottoms: inputs.map(({ tops }) => tops[0]!), tops: [makeValue("top")] }
  return { name: layer.name, net: new Net({ name: "alone", layers: [...inputs, tested] }), bottoms }
}

const nets: [name: string, source: string | Buffer, shape: Shape, classes: number][] = [
  ["two bottlenecks", Buffer.from(small), [1, 3, 8, 8], 2],
]
if (isWhole) nets.push(["ENet", `${readCase("models", "enet").folder}/enet_deploy.prototxt`, size, 19])

describe.each(nets)("%s with random weights", (_name, source, shape, classes) => {
  let net: Net
  let output: Float32Array

  beforeAll(async () => {
    net = withRandomWeights(await loadNet(source))
    output = (await run(net, net.outputs, shape)).get(net.outputs[0]!)!
  })

  test("runs from end to end on the reference engine", () => {
    expect([...callsOf(net).problems.values()]).toEqual([])
    const { shapes } = callsOf(net, { [net.inputs[0]!.blob]: shape })
    expect(shapes.get(net.outputs[0]!)).toEqual([1, classes, ...shape.slice(2)])
    expect(output.every(Number.isFinite)).toBe(true)
    expect(new Set(output).size).toBeGreaterThan(output.length / 2)
  })

  test("gpu.js puts the values of its own poolings where the reference engine does", async () => {
    const layers = net.layers.filter(({ type }) => type === "Upsample")
    const wanted = layers.flatMap(({ bottoms }) => bottoms)
    const values = await run(net, wanted, shape)
    expect(layers.length).toBeGreaterThan(0)
    for (const layer of layers) {
      const { ratio } = await check(alone(net, layer, shape, values), "webasm")
      expect(ratio, layer.name).toBe(0)
    }
  })

  test("its files come back as they were, and the caffemodel alone is the same net", async () => {
    const files = await saveNet(net, join(await mkdtemp(join(tmpdir(), "prelab-enet-")), "net"))
    const text = typeof source === "string" ? await readFile(source, "utf8") : String(source)
    expect(await readFile(files.prototxt, "utf8")).toBe(text)
    for (const again of [await loadNet(files.prototxt, files.caffemodel), await loadNet(files.caffemodel)]) {
      expect(again.layers.map(({ message }) => message.upsample_param)).toEqual(
        net.layers.map(({ message }) => message.upsample_param),
      )
      expect((await run(again, again.outputs, shape)).get(again.outputs[0]!)).toEqual(output)
    }
  })
})
