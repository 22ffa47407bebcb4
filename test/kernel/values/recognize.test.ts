import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import { describe, expect, it } from "vitest"
import type { Mimebundle } from "../../../src/kernel/dict.js"
import { mimeBundle } from "../../../src/kernel/mime-bundle.js"
import {
  arrowTable,
  avif,
  bmp,
  document,
  element,
  extendedWebp,
  gif,
  heic,
  jpeg,
  losslessWebp,
  nestedArrow,
  png,
  sines,
  svgFile,
  Tensor,
  webp,
} from "./samples.js"

type Page = typeof document
type Row = [name: string, value: unknown, types: string[], text: string | RegExp]

const html = "text/html"
const points = [1, 2, 3].map((x) => ({ x, y: x * x, kind: x > 2 ? "<big>" : "small" }))
const bars = { mark: { type: "bar" }, title: "Bars", data: { values: [{ n: 5n }] } }
const place = { type: "Point", coordinates: [7, 51] }

class Box extends Array {
  constructor(width: number, height = Math.max(1, 2)) {
    super()
    this.push(width, height)
  }
  area(scale = ")") {
    return scale
  }
  get size() {
    throw new Error("not to be run")
  }
  static of2(x: number) {
    return x
  }
}

const kinds: Row[] = [
  ["a line's worth of numbers", new Float32Array([1, 2]), [], "Float32Array(2) [ 1, 2 ]"],
  [
    "a typed array",
    sines,
    [html],
    /^Float32Array of 1,000: min -0.99999, max 0.99999, mean .*\n┌[\s\S]*… 900 more values$/,
  ],
  [
    "a BigInt array",
    BigInt64Array.from({ length: 30 }, (_, i) => BigInt(i)),
    [html],
    /^BigInt64Array of 30: min 0, max 29, mean 14.5\n/,
  ],
  [
    "an array with NaN",
    Float64Array.from({ length: 30 }, (_, i) => (i ? i : Number.NaN)),
    [html],
    /mean 15, 1 NaN\n/,
  ],
  ["more numbers than one looks at", new Uint8Array(20_000_001), [html], /^Uint8Array of 20,000,001\n/],
  ["an array of NaN", new Float64Array(30).fill(Number.NaN), [html], /^Float64Array of 30: 30 NaN\n/],

  [
    "a tensor of TensorFlow.js",
    new Tensor([2, 20, 30], new Float32Array(1200).fill(0.5)),
    [html],
    /^float32 Tensor of 2 × 20 × 30: min 0.5, max 0.5, mean 0.5\n[\s\S]*first 12 × 12 of 20 × 30, first of 2 matrices$/,
  ],
  [
    "a tensor of onnxruntime",
    { dims: [2], type: "int64", data: new BigInt64Array([3n, 4n]) },
    [html],
    /^int64 array of 2: min 3, max 4, mean 3.5\n/,
  ],
  [
    "a blob",
    { shape: [1, 1, 1, 2], data: new Float32Array([1, 2]) },
    [html],
    /^float32 array of 1 × 1 × 1 × 2:/,
  ],
  [
    "a tensor of words",
    { dims: [1, 2], type: "string", data: ["a", "b"] },
    [html],
    /^string array of 1 × 2\n/,
  ],
  ["a scalar", new Tensor([], new Float32Array([2.5])), [], "float32 Tensor, a scalar: 2.5"],
  ["a tensor without values", { shape: [0, 3], data: new Uint8ClampedArray(0) }, [], "uint8 array of 0 × 3"],
  [
    "a shape that is not the data's",
    { shape: [3], data: new Uint8Array(2) },
    [],
    "{ shape: [ 3 ], data: Uint8Array(2) [ 0, 0 ] }",
  ],
  ["a transposed view", { shape: [1, 2, 2], stride: [4, 1, 2], data: new Uint8Array(4) }, [], /^\{/],
  [
    "an object that also has a shape",
    { shape: [1], data: new Uint8Array(1), colour: "red" },
    [],
    /colour: 'red'/,
  ],

  [
    "records",
    [
      { a: 1, b: "x" },
      { a: 20, c: [1n, { d: {} }] },
    ],
    [html],
    "Array: 2 rows, 3 columns\n┌───┬────┬───┬───────────────────┐\n│   │  a │ b │ c                 │\n├───┼────┼───┼───────────────────┤\n│ 0 │  1 │ x │                   │\n│ 1 │ 20 │   │ [ 1n, { d: {} } ] │\n└───┴────┴───┴───────────────────┘",
  ],
  [
    "many records",
    Array.from({ length: 250 }, (_, i) => ({ i })),
    [html],
    /^Array: 250 rows, 1 column\n[\s\S]*… 150 more rows$/,
  ],
  [
    "wide records",
    [Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`c${i}`, i]))],
    [html],
    /… 20 more columns$/,
  ],
  ["numbers in an array", [1, 2], [], "[ 1, 2 ]"],
  ["records and other things", [{ a: 1 }, 2], [], "[ { a: 1 }, 2 ]"],
  ["empty objects", [{}, {}], [], "[ {}, {} ]"],
  ["class instances", [new Date(0)], [], "[ 1970-01-01T00:00:00.000Z ]"],

  [
    "a Map",
    new Map<unknown, unknown>([
      ["k", 1],
      [2, { x: 1 }],
    ]),
    [html],
    "Map(2) { 'k' => 1, 2 => { x: 1 } }",
  ],
  ["a Map of records", new Map([["ada", { age: 36 }]]), [html], "Map(1) { 'ada' => { age: 36 } }"],
  ["a Set", new Set([1, 2]), [], "Set(2) { 1, 2 }"],
  ["a Set of records", new Set([{ a: 1 }]), [html], "Set(1) { { a: 1 } }"],
  ["an empty Map", new Map(), [], "Map(0) {}"],

  [
    "an error",
    new TypeError("no <b>", { cause: new Error("why") }),
    [html],
    /^TypeError: no <b>\n {4}at [\s\S]*\[cause\]: Error: why/,
  ],
  [
    "many errors",
    new AggregateError([new Error("one")], "all"),
    [html],
    /^AggregateError: all[\s\S]*\[errors\]/,
  ],

  ["a date", new Date(0), [], "1970-01-01T00:00:00.000Z"],
  ["no date", new Date(Number.NaN), [], "Invalid Date"],
  ["an address", new URL("https://example.org/a"), [], /href: 'https:\/\/example.org\/a'/],
  ["a regular expression", /a+/g, [], "/a+/g"],
  ["a BigInt", 10n ** 20n, [], "100000000000000000000n"],
  ["a symbol", Symbol("s"), [], "Symbol(s)"],
  ["a string, whatever it looks like", "<svg></svg>", [], "'<svg></svg>'"],
  ["a promise", new Promise(() => {}), [], "Promise { <pending> }"],
  ["a plain object", { a: { b: [1] } }, [], "{ a: { b: [ 1 ] } }"],

  [
    "a function",
    function add(a: number, b = "x, (y)", { c } = { c: /[)]/ }) {
      return [a, b, c]
    },
    [],
    /^\[Function: add\] \(a, b = "x, \(y\)", \{ ?c ?\} = \{ c: \/\[\)\]\/ \}\)$/,
  ],
  ["an arrow", Object.assign(async (x: number) => x, {}), [], "[AsyncFunction (anonymous)] (x)"],
  [
    "a class",
    Box,
    [],
    '[class Box extends Array] (width, height = Math.max(1, 2))\n  area(scale = ")")\n  get size\n  static of2(x)',
  ],
  [
    "a function with properties",
    Object.assign((x: number) => x, { unit: "m]" }),
    [],
    "[Function (anonymous)] (x) { unit: 'm]' }",
  ],
  ["a class without a constructor", class extends Box {}, [], "[class (anonymous) extends Box] (…)"],
  ["a function of the engine", Math.max, [], "[Function: max]"],

  ["a PNG file", png, ["image/png"], /^PNG image, 3 × 2, \d+ bytes$/],
  ["a PNG file in memory", Uint8Array.from(png).buffer, ["image/png"], /^PNG image, 3 × 2/],
  ["a JPEG file", jpeg, ["image/jpeg"], /^JPEG image, 9 × 7, /],
  ["a JPEG file cut off", new Uint8Array([0xff, 0xd8, 0xff, 0xc0]), ["image/jpeg"], "JPEG image, 4 bytes"],
  ["a GIF file", gif, ["image/gif"], "GIF image, 5 × 4, 13 bytes"],
  ["a WebP file", webp, [html, "image/webp"], /^WebP image, 1 × 1, /],
  ["a lossless WebP file", losslessWebp, [html, "image/webp"], /^WebP image, 1 × 1, /],
  ["an extended WebP file", extendedWebp, [html, "image/webp"], /^WebP image, 800 × 600, /],
  ["an AVIF file", avif, [html, "image/avif"], /^AVIF image, 16 × 8, /],
  ["a BMP file, top down", bmp, [html, "image/bmp"], /^BMP image, 2 × 3, /],
  ["an SVG file", svgFile, ["image/svg+xml"], "SVG image, 77 bytes"],
  ["a HEIC file", heic, [], /^Buffer, 24 bytes\n/],

  ["a few bytes", Buffer.from([1, 2]), [], "<Buffer 01 02>"],
  [
    "bytes",
    Buffer.from("0123456789abcdef\n".repeat(20)),
    [],
    /^Buffer, 340 bytes\n0{8} {2}30 31 32 33 34 35 36 37 {2}38 39 61 62 63 64 65 66 {2}0123456789abcdef\n0{6}10 {2}0a 30[\s\S]*… 84 more bytes$/,
  ],
  ["memory", new ArrayBuffer(20), [], /^ArrayBuffer, 20 bytes\n.*\n0{6}10 {2}00 00 00 00 {39}·{4}$/],
  ["a view of memory", new DataView(new ArrayBuffer(20), 2), [], /^DataView, 18 bytes\n/],

  [
    "an HTML element",
    element("<p class='x'>Hi <b>you</b></p>"),
    [html],
    /^<p class="x"> element, \d+ characters$/,
  ],
  [
    "an SVG element",
    element("<svg viewBox='0 0 1 1'><g/></svg>"),
    [html, "image/svg+xml"],
    /^<svg viewBox="0 0 1 1"> element/,
  ],
  [
    "a plot",
    Plot.plot({ document, marks: [Plot.dot(points, { x: "x", y: "y" })] }),
    [html, "image/svg+xml"],
    /^<svg .*class="plot-/,
  ],
  [
    "a figure with a legend",
    Plot.plot({
      document,
      color: { legend: true },
      marks: [Plot.dot(points, { x: "x", y: "y", fill: "kind" })],
    }),
    [html],
    /^<figure/,
  ],
  // Deno's display looks for nothing but the markup.
  ["what only has the markup of an element", { outerHTML: "<b id='x'>x</b>" }, [html], /^<b id='x'> element/],
  ["an element that is a canvas without pixels", element("<canvas></canvas>"), [html], /^<canvas/],
  ["a document", parseHTML("<p>").document, [], /./],

  [
    "a Vega-Lite chart",
    { $schema: "https://vega.github.io/schema/vega-lite/v5.json", ...bars },
    ["application/vnd.vegalite.v5+json"],
    "Vega-Lite 5 chart (bar): Bars",
  ],
  [
    "a newer Vega-Lite chart",
    { $schema: "https://vega.github.io/schema/vega-lite/v6.1.0.json", mark: "line" },
    ["application/vnd.vegalite.v6+json"],
    "Vega-Lite 6 chart (line)",
  ],
  [
    "a Vega chart",
    { $schema: "https://vega.github.io/schema/vega/v5.json", marks: [{}, {}] },
    ["application/vnd.vega.v5+json"],
    "Vega 5 chart (2 marks)",
  ],
  [
    "a chart builder",
    { toSpec: () => bars, render: () => 1 },
    ["application/vnd.vegalite.v5+json"],
    "Vega-Lite 5 chart (bar): Bars",
  ],
  [
    "an older chart builder",
    { toObject: () => bars, render: () => 1 },
    ["application/vnd.vegalite.v5+json"],
    /^Vega-Lite 5/,
  ],
  ["an object with a JSON form", { toJSON: () => bars }, [], /^\{ toJSON/],
  ["another schema", { $schema: "http://json-schema.org/draft-07/schema#" }, [], /^\{/],

  ["a place", place, ["application/geo+json"], "{ type: 'Point', coordinates: [ 7, 51 ] }"],
  [
    "a feature",
    { type: "Feature", geometry: place, properties: { n: 1n } },
    ["application/geo+json"],
    /Feature/,
  ],
  ["features", { type: "FeatureCollection", features: [] }, ["application/geo+json"], /FeatureCollection/],
  ["a point that is none", { type: "Point", coordinates: 7 }, [], "{ type: 'Point', coordinates: 7 }"],

  [
    "an Arrow table",
    arrowTable,
    [html],
    /^Table: 150 rows, 4 columns\n[\s\S]*│ Int64 │ Float64 │ Dictionary<Int32, Utf8> │[\s\S]*│ 2020-01-02 [\s\S]*… 50 more rows$/,
  ],
  ["an Arrow batch", arrowTable.batches[0], [html], /^RecordBatch: 150 rows, 4 columns\n/],
  ["an Arrow vector", arrowTable.getChild("ratio"), [html], /^Vector: 150 values\n/],
  ["nested Arrow values", nestedArrow, [html], /\{"x": 1\}[\s\S]*\[1,2\]/],

  [
    "an object written for IJavascript",
    { _toHtml: () => "<b>1</b>", _toSvg: () => "<svg/>", _toPng: () => png.toString("base64") },
    [html, "image/svg+xml", "image/png"],
    /_toHtml/,
  ],
  [
    "an object with a MIME method",
    { _toMime: () => ({ "text/latex": "$x$", "text/plain": "x" }) },
    ["text/latex"],
    "x",
  ],
  [
    "a table with a method for HTML",
    { toHTML: (options = {}) => `<table>${Object.keys(options)}</table>` },
    [html],
    /toHTML/,
  ],
  [
    "an array with a method for HTML",
    Object.assign([1], { _toHtml: () => "<b>1</b>" }),
    [html],
    /^\[ 1, _toHtml/,
  ],
  ["a method for something else's HTML", { toHtml: (node: unknown) => `<p>${node}</p>` }, [], /toHtml/],
]

describe("a cell shows", () => {
  it.each(kinds)("%s", async (_name, value, types, text) => {
    const bundle = await mimeBundle(value)
    expect(Object.keys(bundle)).toEqual([...types, "text/plain"])
    if (typeof text === "string") expect(bundle["text/plain"]).toBe(text)
    else expect(bundle["text/plain"]).toMatch(text)
  })
})

describe("the HTML of", () => {
  const own = kinds.filter(
    ([name, , types]) => types.includes(html) && !/element|plot|figure|method|IJavascript/.test(name),
  )
  it.each(own)("%s stands alone and holds nothing that runs", async (_name, value) => {
    const markup = String((await mimeBundle(value))[html])
    const page = parseHTML(`<html><body>${markup}</body></html>`).document
    expect(page.querySelector("script, link, style, iframe")).toBe(null)
    expect(markup).not.toMatch(/\bhttps?:|\bon\w+=|javascript:/)
    // Nothing is left open or unescaped: what was parsed is what was written.
    expect(page.querySelectorAll("b, i, big, n1").length).toBe(page.querySelectorAll("div > div > b").length)
    for (const table of page.querySelectorAll("table")) {
      const [head, ...rows] = [...table.querySelectorAll("tr")]
      expect(table.querySelector("thead")?.contains(head!)).toBe(true)
      for (const row of rows) expect(row.children).toHaveLength(head!.children.length)
      expect(table.parentElement?.getAttribute("style")).toContain("overflow:auto")
    }
  })

  it("records has a column for every property, numbers right, and text escaped", async () => {
    const page = await pageOf([
      { n: 1, "<h>": "<script>1</script>" },
      { n: 22n, late: undefined },
    ])
    expect(texts(page, "thead th")).toEqual(["", "n", "<h>", "late"])
    expect(texts(page, "tbody tr:nth-child(1) > *")).toEqual(["0", "1", "<script>1</script>", ""])
    expect(texts(page, "tbody tr:nth-child(2) > *")).toEqual(["1", "22n", "", "undefined"])
    const styles = [...page.querySelectorAll("tbody tr:nth-child(1) > *")].map((cell) =>
      cell.getAttribute("style"),
    )
    expect(styles.map((style) => style!.includes("text-align:right"))).toEqual([true, true, false, false])
  })

  it("a matrix is its corner", async () => {
    const data = Float32Array.from({ length: 40 }, (_, i) => i)
    const page = await pageOf({ shape: [2, 20], data })
    expect(texts(page, "tbody tr:nth-child(2) > *")).toEqual([
      "1",
      ...Array.from({ length: 12 }, (_, i) => `${20 + i}`),
    ])
  })

  it("an error names its causes, and a cause that is its own effect ends", async () => {
    const error = new Error("outer <i>")
    error.cause = new RangeError("inner", { cause: error })
    const page = await pageOf(error)
    expect(texts(page, "b")).toEqual(["Error", "RangeError", "Error"])
    expect(page.body.textContent).toContain("Error: outer <i>")
    expect(page.querySelector("details pre")?.textContent).toMatch(/^\s+at /)
  })
})

describe("a canvas", () => {
  const canvas = (methods: object) => ({ width: 3, height: 2, getContext: () => null, ...methods })
  const url = `data:image/png;base64,${png.toString("base64")}`

  it.each([
    ["of node-canvas", { toDataURL: (type: string) => (type === "image/png" ? url : "") }],
    ["that encodes in the background", { encode: async (type: string) => (type === "png" ? png : gif) }],
    ["that has pixels but no address", { toDataURL: () => null, encode: () => png }],
  ])("%s shows its picture", async (_name, methods) => {
    expect(await mimeBundle(canvas(methods))).toMatchObject({
      "image/png": png.toString("base64"),
      "text/plain": expect.stringMatching(/^PNG image, 3 × 2/),
    })
  })

  it("need not be one, where something else gives its picture in the same way", async () => {
    class Chart {
      toDataURL = () => url
      encode = () => gif
    }
    expect(await mimeBundle(new Chart())).toMatchObject({ "image/png": png.toString("base64") })
    expect(await mimeBundle({ toDataURL: () => "data:text/plain,no", encode: () => gif })).toEqual({
      "text/plain": expect.stringMatching(/toDataURL/),
    })
  })

  it("that cannot encode is text", async () => {
    const failing = canvas({ encode: () => Promise.reject(new Error("no")) })
    expect(Object.keys(await mimeBundle(failing))).toEqual(["text/plain"])
  })

  it("is not what only can encode", () => {
    expect(mimeBundle({ encode: () => png })).toEqual({ "text/plain": "{ encode: [Function: encode] }" })
  })
})

describe("a chart", () => {
  it("carries its specification with its BigInts as numbers", async () => {
    const bundle = await mimeBundle({ $schema: "https://vega.github.io/schema/vega-lite/v5.json", ...bars })
    expect(bundle["application/vnd.vegalite.v5+json"]).toMatchObject({ data: { values: [{ n: 5 }] } })
  })
})

async function pageOf(value: unknown): Promise<Page> {
  const bundle: Mimebundle = await mimeBundle(value)
  return parseHTML(`<html><body>${bundle[html]}</body></html>`).document
}

function texts(page: Page, selector: string): (string | null)[] {
  return [...page.querySelectorAll(selector)].map((found) => found.textContent)
}
