import { mkdtemp, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { callsOf } from "../../src/layers/index.js"
import type { Net } from "../../src/net/index.js"

const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 2, 4, 4] } } }\n'
const parse = (layer: string) => loadNet(Buffer.from(input + layer))

/** Protobuf's binary format: a length-delimited field, a varint field of a small number, a float. */
function field(number: number, payload: string | readonly number[]): number[] {
  const bytes = [...Buffer.from(payload as string)]
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]
}
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]
const whole = (number: number, value: number) => [...varint(number * 8), ...varint(value)]
const float = (number: number, value: number) => [
  ...varint(number * 8 + 5),
  ...new Uint8Array(Float32Array.of(value).buffer),
]
const blob = (shape: number[], values: number[]) =>
  field(7, [...field(7, field(1, shape)), ...field(5, [...new Uint8Array(Float32Array.from(values).buffer)])])

/** The field 301 is nobody's; real caffemodels have NUL bytes without it, which tell them from text. */
const inputLayer = field(100, [
  ...field(1, "x"),
  ...field(2, "Input"),
  ...field(4, "x"),
  ...field(143, field(1, field(1, [1, 2, 4, 4]))),
  ...field(301, [0]),
])

/** A caffemodel with the input x, what is before it, and one layer that reads x. */
const model = (type: string, rest: readonly number[], before: readonly number[] = [], bottoms = ["x"]) =>
  Buffer.from([
    ...field(1, "net"),
    ...inputLayer,
    ...before,
    ...field(100, [
      ...field(1, "y"),
      ...field(2, type),
      ...bottoms.flatMap((bottom) => field(3, bottom)),
      ...field(4, "y"),
      ...rest,
    ]),
  ])

const saved = async (net: Net) => {
  const files = await saveNet(net, join(await mkdtemp(join(tmpdir(), "prelab-forks-")), "net"))
  return { ...files, text: await readFile(files.prototxt, "utf8"), bytes: await readFile(files.caffemodel) }
}

describe("a fork's section in text", () => {
  const bn =
    'layer { name: "y" type: "BN" bottom: "x" top: "y"\n  bn_param { scale_filler { value: 1 } bn_mode: INFERENCE } }'

  test("is read by its own message, and named in one line", async () => {
    const net = await parse(`${bn}\n${bn.replaceAll('"y"', '"z"')}`)
    expect(net.layer("y").message.bn_param).toEqual({ scale_filler: { value: 1 }, bn_mode: "INFERENCE" })
    expect(net.warnings).toEqual(["layer.bn_param is a fork's, Caffe refuses it (line 3 and 1 more)"])
  })

  test.each([
    ["before its type", 'layer { bn_param { bn_mode: 1 } name: "y" type: "BN" bottom: "x" top: "y" }'],
    [
      "with a colon and angle brackets",
      'layer { name: "y" type: "BN" bottom: "x" top: "y" bn_param: < bn_mode: 1 > }',
    ],
  ])("%s", async (_where, layer) => {
    expect((await parse(layer)).layer("y").message.bn_param).toEqual({ bn_mode: "INFERENCE" })
  })

  test.each([
    ["bn_mode: INFERENC", "unknown value for bn_mode: INFERENC (2:71); did you mean INFERENCE?"],
    ["bn_mod: LEARN", 'unknown field in BNParameter: bn_mod (2:62); did you mean "bn_mode"?'],
    ["frozen: 2", "true or false expected for frozen: 2 (2:72)"],
    ["eps: small", "number expected: small (2:67)"],
    ["eps: 1 eps: 2", "field given twice: eps (2:69)"],
  ])("%s is refused with its place", async (text, message) => {
    const layer = `layer { name: "y" type: "BN" bottom: "x" top: "y" bn_param { ${text} } }`
    await expect(parse(layer)).rejects.toThrow(message)
  })

  test("given twice is refused", async () => {
    const twice = 'layer { name: "y" type: "BN" bottom: "x" top: "y" bn_param { } bn_param { } }'
    await expect(parse(twice)).rejects.toThrow("field given twice: bn_param (2:64)")
  })

  test("a field that its schema lacks is kept, and the layer is not run", async () => {
    const net = await parse(
      'layer { name: "y" type: "Interp" bottom: "x" top: "y" interp_param { height: 8 width: 8 align_corners: false } }',
    )
    expect(net.layer("y").message.interp_param).toEqual({ height: 8, width: 8, align_corners: false })
    expect(net.warnings[0]).toBe("unknown field layer.interp_param.align_corners kept (line 2)")
    expect(callsOf(net).problems.get(net.layer("y"))!.message).toBe(
      "unsupported fork field: interp_param.align_corners in layer y",
    )
  })

  test("in a layer of another type is nobody's", async () => {
    const net = await parse(
      'layer { name: "y" type: "ReLU" bottom: "x" top: "y" bn_param { bn_mode: INFERENC } }',
    )
    expect(net.warnings).toEqual(["unknown field layer.bn_param kept (line 2)"])
  })

  test("of a layer without a type is nobody's, however often it is there", async () => {
    const long = `layer { name: "y" bottom: "x" top: "y" ${"bn_param { }\n".repeat(5_000)} }`
    await expect(parse(long)).rejects.toThrow("layer without a type: y")
  })

  test("is written anew with its enums as words", async () => {
    const net = await parse(bn)
    const bare = net.with(net.layers.map(({ origin: _origin, ...layer }) => layer))
    const { text, prototxt } = await saved(bare)
    expect(text).toContain(
      "  bn_param {\n    scale_filler {\n      value: 1\n    }\n    bn_mode: INFERENCE\n  }\n",
    )
    expect((await loadNet(prototxt)).layer("y").message).toEqual(net.layer("y").message)
  })
})

describe("a number in a caffemodel", () => {
  test("147 is upsample_param in an Upsample and swish_param in a Swish", async () => {
    const pool = field(100, [
      ...field(1, "pool"),
      ...field(2, "Pooling"),
      ...field(3, "x"),
      ...field(4, "pool"),
      ...field(4, "mask"),
      ...field(121, [...whole(2, 2), ...whole(3, 2)]),
    ])
    const up = await loadNet(
      model("Upsample", field(147, [...whole(6, 5), ...whole(7, 6)]), pool, ["pool", "mask"]),
    )
    expect(up.layer("y").message).toEqual({ upsample_param: { upsample_h: 5, upsample_w: 6 } })
    expect(callsOf(up).shapes.get(up.outputs[0]!)).toEqual([1, 2, 5, 6])
    const swish = await loadNet(model("Swish", field(147, float(1, 2))))
    expect(swish.layer("y").message).toEqual({ swish_param: { beta: 2 } })
    expect(swish.layer("y").extra).toBeUndefined()
  })

  test.each([
    ["BN", 45, whole(3, 1), { bn_param: { bn_mode: "INFERENCE" } }],
    ["BN", 137, [...float(4, 0.5), ...whole(5, 1)], { bn_param: { eps: 0.5, frozen: true } }],
    ["Interp", 143, [...whole(1, 7), ...whole(2, 9)], { interp_param: { height: 7, width: 9 } }],
    ["Interp", 205, whole(3, 2), { interp_param: { zoom_factor: 2 } }],
    ["ShuffleChannel", 145, whole(1, 2), { shuffle_channel_param: { group: 2 } }],
    ["Permute", 202, [...whole(1, 0), ...whole(1, 2)], { permute_param: { order: [0, 2] } }],
    ["Normalize", 206, whole(1, 0), { norm_param: { across_spatial: false } }],
    ["PriorBox", 203, float(1, 30), { prior_box_param: { min_size: [30] } }],
  ])("of %s: %i", async (type, number, section, message) => {
    const two = blob([2], [1, 2])
    const blobs = type === "BN" ? (number === 45 ? [two, two] : [two, two, two, two]) : []
    if (type === "Normalize") blobs.push(blob([], [20]))
    const bottoms = type === "PriorBox" ? ["x", "x"] : ["x"]
    const net = await loadNet(model(type, [...field(number, section), ...blobs.flat()], [], bottoms))
    expect(net.layer("y").message).toEqual(message)
    expect(net.warnings).toEqual([])
    expect([...net.layer("y").extra!]).toEqual(field(number, section))
    expect([...callsOf(net).problems.values()]).toEqual([])
  })

  test("a section in two pieces is merged", async () => {
    const pieces = [...field(143, whole(1, 7)), ...field(143, whole(2, 9))]
    const net = await loadNet(model("Interp", pieces))
    expect(net.layer("y").message).toEqual({ interp_param: { height: 7, width: 9 } })
    expect([...net.layer("y").extra!]).toEqual(pieces)
  })

  test("inside a section that its schema lacks is said, kept, and the layer not run", async () => {
    // Number 2 is a string here, the width in the schema.
    const bytes = field(143, [...whole(3, 2), ...field(2, "wide"), ...whole(9, 1)])
    const net = await loadNet(model("Interp", bytes))
    expect(net.layer("y").message.interp_param).toMatchObject({ zoom_factor: 2 })
    expect(net.warnings).toEqual([
      "unknown field 2 of interp_param kept (layer y)",
      "unknown field 9 of interp_param kept (layer y)",
    ])
    const [problem] = callsOf(net).problems.values()
    expect(problem!.message).toBe("unsupported fork field: interp_param.2 in layer y")
    const files = await saved(net)
    expect(files.bytes.includes(Buffer.from(bytes))).toBe(true)
    expect(files.text).toContain("  interp_param {\n    zoom_factor: 2\n  }\n")
  })

  test("a section that is no message is refused", async () => {
    const damaged = model("Interp", field(143, [...varint(1 * 8 + 2), 9, 1]))
    await expect(loadNet(damaged)).rejects.toThrow("damaged interp_param in caffemodel: truncated message")
  })
})

describe("saving", () => {
  const section = field(143, [...whole(2, 9), ...whole(1, 7), ...whole(99, 1)])

  test("keeps a section's bytes, unknown fields and their order included", async () => {
    const net = await loadNet(model("Interp", [...section, ...field(300, "more")]))
    const { bytes, caffemodel } = await saved(net)
    expect(bytes.includes(Buffer.from([...section, ...field(300, "more")]))).toBe(true)
    expect((await loadNet(caffemodel)).layer("y").message).toEqual(net.layer("y").message)
  })

  test("keeps them beside a prototxt, whose text stays too", async () => {
    const text = `${input}# enlarge\nlayer { name: "y" type: "Interp" bottom: "x" top: "y" interp_param { height: 0x7 width: 9 } }\n`
    const files = await saved(await loadNet(Buffer.from(text), model("Interp", section)))
    expect(files.text).toBe(text)
    expect(files.bytes.includes(Buffer.from(section))).toBe(true)
  })

  test("writes a changed section anew, in its place by number, and nothing else", async () => {
    const net = await loadNet(model("Interp", [...section, ...field(300, "more")]))
    const changed = net.with(
      net.layers.map((layer) =>
        layer.name === "y" ? { ...layer, message: { interp_param: { zoom_factor: 2 } } } : layer,
      ),
    )
    const { bytes, caffemodel } = await saved(changed)
    expect(bytes.includes(Buffer.from(section))).toBe(false)
    expect(bytes.includes(Buffer.from([...field(300, "more"), ...field(143, whole(3, 2))]))).toBe(true)
    expect((await loadNet(caffemodel)).layer("y").message).toEqual({ interp_param: { zoom_factor: 2 } })
  })

  test("a prototxt's sections go into the caffemodel, by the variant that has their fields", async () => {
    const net = await parse(
      'layer { name: "y" type: "BN" bottom: "x" top: "y" bn_param { slope_filler { value: 2 } eps: 0.1 } }\n' +
        'layer { name: "z" type: "Permute" bottom: "y" top: "z" permute_param { order: [0, 2, 3, 1] } }',
    )
    const statistics = net.layers.map((layer) => {
      const data = () => Float32Array.of(1, 2)
      return layer.type === "BN"
        ? { ...layer, blobs: [0, 1, 2, 3].map(() => ({ shape: [1, 2], data: data() })) }
        : layer
    })
    const { bytes, caffemodel } = await saved(net.with(statistics))
    const variant = field(137, [...field(1, float(2, 2)), ...float(4, 0.1)])
    expect(bytes.includes(Buffer.from(variant))).toBe(true)
    const again = await loadNet(caffemodel)
    expect(again.layer("z").message).toEqual(net.layer("z").message)
    expect([...callsOf(again).problems.values()]).toEqual([])
  })
})

describe("the blobs say whose BN it is", () => {
  const text = 'layer { name: "y" type: "BN" bottom: "x" top: "y" }'
  const of = (...blobs: number[][]) => model("BN", blobs.flat())
  const load = (bytes: Buffer, layer = text) => loadNet(Buffer.from(input + layer), bytes)
  const pair = (shape: number[]) => blob(shape, [1, 2])

  test.each([[[1, 2, 1, 1]], [[1, 2]], [[2]]])(
    "four of shape %j are slope, bias, mean and variance",
    async (shape) => {
      const net = await load(of(pair(shape), pair(shape), pair(shape), pair(shape)))
      expect([...callsOf(net).problems.values()]).toEqual([])
    },
  )

  test("two normalise with the batch unless the mode is INFERENCE", async () => {
    const two = of(pair([1, 2, 1, 1]), pair([1, 2, 1, 1]))
    const problem = callsOf(await load(two))
      .problems.values()
      .next().value!
    expect(problem.message).toMatch(/^batch statistics not supported: BN in layer y/)
    const merged = await load(two, text.replace(" }", " bn_param { bn_mode: INFERENCE } }"))
    expect([...callsOf(merged).problems.values()]).toEqual([])
  })

  test("other numbers and other channels are refused", async () => {
    const inference = text.replace(" }", " bn_param { bn_mode: INFERENCE } }")
    const wrong = blob([3], [1, 2, 3])
    await expect(load(of(pair([2])), inference)).rejects.toThrow("wrong number of blobs: 1 in the caffemodel")
    await expect(load(of(wrong, wrong), inference)).rejects.toThrow("shape mismatch: blob 0 of layer y is 3")
  })
})

test("NVCaffe's BatchNorm has five blobs where the file says so", async () => {
  const text = `${input}layer { name: "y" type: "BatchNorm" bottom: "x" top: "y" param { lr_mult: 0 } param { lr_mult: 0 } param { lr_mult: 0 } param { lr_mult: 1 } }`
  const two = blob([2], [1, 2])
  const bytes = model("BatchNorm", [two, two, blob([1], [1]), two, two].flat())
  const plain = text.replaceAll(/ param \{.*?\}/g, "")
  expect([...callsOf(await loadNet(Buffer.from(plain), bytes)).problems.values()]).toEqual([])
  const stated = text.replace(' top: "y"', ' top: "y" batch_norm_param { scale_bias: true }')
  const net = await loadNet(Buffer.from(stated), bytes)
  expect(net.layer("y").blobs.length).toBe(5)
  // A layer that changed is written from its message.
  const changed = net.with(net.layers.map((layer) => ({ ...layer, message: { ...layer.message } })))
  const { caffemodel } = await saved(changed)
  expect((await loadNet(caffemodel)).layer("y").message.batch_norm_param).toEqual({ scale_bias: true })
})
