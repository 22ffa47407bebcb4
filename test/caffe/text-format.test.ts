import { readFileSync } from "node:fs"
import { join } from "node:path"
import textformat from "protobufjs/ext/textformat.js"
import { expect, test } from "vitest"
import { messageType } from "../../src/caffe/schema.js"
import { parseText } from "../../src/caffe/text-format.js"
import { writeText } from "../../src/caffe/write-text.js"
import { casesOf, readCase } from "../oracle/case.js"

const net = () => messageType("NetParameter")

const errors: readonly (readonly [text: string, message: string])[] = [
  ['name: "a"\nlayer {\n  name: "b"\n', "} expected: end of file (4:1)"],
  ['layer { convolution_param { kernel_size: "3" } }', 'integer expected: "3" (1:42)'],
  [
    "layer { pooling_param { kernal_size: 2 } }",
    'unknown field in PoolingParameter: kernal_size (1:25); did you mean "kernel_size"?',
  ],
  ['layer {\n\t\ttyp: "ReLU"\n}', 'unknown field in LayerParameter: typ (2:17); did you mean "type"?'],
  ['name: "a" name: "b"', "field given twice: name (1:11)"],
  [
    "layer { pooling_param { pool: MAXIMUM } }",
    "unknown value for pool: MAXIMUM (1:31); did you mean MAX, AVE, STOCHASTIC?",
  ],
  ['name: "a', "string crosses the line's end: \"a"],
  ["layer { clip_param { min: 0 } }", "required field missing: ClipParameter.max (1:29)"],
  ["input_dim: 1e400", "integer expected: 1e400 (1:12)"],
  ["input_dim: 089", "number with leading zero not octal: 089 (1:12)"],
]

test.each(errors)("%j is refused with its place", (text, message) => {
  expect(() => parseText(net(), text)).toThrow(
    message.startsWith("string") ? /^string without an end: "a \(1:9\)$/ : message,
  )
})

test("both quotes, escapes, adjacent strings, lists, angle brackets, hex and octal are read", () => {
  const { message } = parseText(
    net(),
    `# comment { "
     name : 'odd "net"' "\\x21\\041"
     layer < name: "a", type: 'Input'; input_param < shape: [ < dim: 0x2 dim: 03 >, { dim: [7, 8] } ] > >
     layer: { type: "T" relu_param { negative_slope: -.5f } eltwise_param { operation: 0 coeff: [inf, -nan, 1e2] } }`,
  )
  expect(message.name).toBe('odd "net"!!')
  expect(message.layer).toEqual([
    { name: "a", type: "Input", input_param: { shape: [{ dim: [2, 3] }, { dim: [7, 8] }] } },
    {
      type: "T",
      relu_param: { negative_slope: -0.5 },
      eltwise_param: { operation: "PROD", coeff: [Number.POSITIVE_INFINITY, Number.NaN, 100] },
    },
  ])
})

test("messages nested a million deep are refused, not followed", () => {
  expect(() => parseText(net(), "meta {".repeat(1_000_000))).toThrow("messages nested too deep: { (1:606)")
})

test.each(casesOf("layers"))("%s reads as protobufjs' own text format reader does", (name) => {
  const text = readFileSync(readCase("layers", name).prototxt, "utf8")
  const peer = textformat.fromText(net(), text)
  const plain = net().toObject(peer, { enums: String, longs: Number })
  expect(parseText(net(), text).message).toEqual(plain)
})

test.each(casesOf("layers"))("%s survives writing and reading", (name) => {
  const { message } = parseText(
    net(),
    readFileSync(join(readCase("layers", name).folder, "net.prototxt"), "utf8"),
  )
  expect(parseText(net(), writeText(net(), message)).message).toEqual(message)
})
