import { beforeAll, expect, test } from "vitest"
import { type Bundle, displaySymbol } from "../../src/figures/index.js"
import { makeValue, Net } from "../../src/net/index.js"
import { bundleOfResult, results } from "./results.js"

let bundles: Record<string, Bundle>
let values: Record<string, object>
beforeAll(async () => {
  values = await results()
  const shown = Object.entries(values).map(async ([name, value]) => [name, await bundleOfResult(value)])
  bundles = Object.fromEntries(await Promise.all(shown))
})

const plotly = "application/vnd.plotly.v1+json"

test("bundles are ordered from rich to plain; pictures are there where they say more", () => {
  const kinds = Object.fromEntries(
    Object.entries(bundles).map(([name, bundle]) => [name, Object.keys(bundle)]),
  )
  const [table, figure] = [
    ["text/html", "text/plain"],
    [plotly, "text/html", "text/plain"],
  ]
  expect(kinds).toEqual({
    net: table,
    slopes: figure,
    fold: figure,
    rewrite: table,
    forward: table,
    backward: table,
    exported: table,
    comparison: figure,
    refuted: figure,
    runs: figure,
    run: figure,
    quoted: figure,
    training: figure,
    experiment: figure,
  })
})

test("text is one line, the one of toString", () => {
  for (const [name, bundle] of Object.entries(bundles)) {
    expect(bundle["text/plain"]).toBe(String(values[name]))
    expect(bundle["text/plain"]).not.toContain("\n")
  }
})

test("every result is a real table with a caption, and has no script or outside resource", () => {
  for (const bundle of Object.values(bundles)) {
    const html = String(bundle["text/html"])
    expect(html).toMatch(/<table[^>]*>\s*<caption/)
    expect(html).toContain('<th scope="col"')
    expect(html).not.toMatch(/<script|<link|<img|src=/)
  }
})

test("figures are plain JSON with finite numbers", () => {
  for (const { [plotly]: figure } of Object.values(bundles)) {
    if (figure === undefined) continue
    expect(JSON.parse(JSON.stringify(figure))).toEqual(figure)
    expect(figure).toMatchObject({ layout: { paper_bgcolor: "rgba(0, 0, 0, 0)" } })
  }
})

test("gradients are shown by size, and what has none is named", () => {
  const html = String(bundles.backward!["text/html"])
  expect(html).toMatch(/Backward: loss <strong>227/)
  expect(html).toMatch(/>input data</)
  expect(html).toMatch(/Without a gradient.*bn 0.*bn 1.*bn 2/s)
  expect(bundles.backward!["text/plain"]).toMatch(
    /^Backward: loss 227.*, 7 gradients, of inputs data 3x4x5x4, t 3x4x5x4$/,
  )
})

test("a net's table tells wiring, shapes, parameters and multiplications", () => {
  const html = String(bundles.net!["text/html"])
  expect(html).toContain("19 layers, 12,889 parameters, 981,322 MACs (TEST)")
  const row = /<tr[^>]*><th[^>]*>6<\/th>(.*?)<\/tr>/
    .exec(html)![1]!
    .replace(/<[^>]+>/g, "|")
    .replace(/\|+/g, "|")
  expect(row).toBe("|●|conv2|Convolution|pool1 → conv2|1x24x14x14|2,592|508,032|")
  expect(html).toContain("conv1 (in place)")
})

test("a rewrite's table names every layer, what became of it and why, and what was checked", () => {
  const html = String(bundles.rewrite!["text/html"])
  expect(html).toContain("Split PReLU: 3 layers split, none kept")
  expect(html).toMatch(/prelu2<\/th><td[^>]*>PReLU<\/td><td[^>]*>split<\/td><td[^>]*>prelu2_pos, /)
  expect(html).toContain("<li>prelu1 → prelu1: every slope is negated exactly")
})

test("names from files are escaped, and what cannot run is told once", async () => {
  const [data, out, end] = ["data", "<b>", "end"].map(makeValue)
  const net = new Net({
    name: "<script>",
    layers: [
      {
        name: "data",
        type: "Input",
        bottoms: [],
        tops: [data!],
        message: { input_param: { shape: [{ dim: [1, 2] }] } },
        blobs: [],
      },
      { name: "a & b", type: "Mystery", bottoms: [data!], tops: [out!], message: {}, blobs: [] },
      { name: "after", type: "ReLU", bottoms: [out!], tops: [end!], message: {}, blobs: [] },
    ],
  })
  const html = String((await bundleOfResult(net))["text/html"])
  expect(html).toContain("<strong>&lt;script&gt;</strong>")
  expect(html).toContain("data → &lt;b&gt;")
  expect(html).toContain("<li>unsupported layer type: Mystery in layer a &amp; b; so after cannot run</li>")
  expect(html.match(/Mystery in layer/g)).toHaveLength(1)
})

test("a long net scrolls in a box that the keyboard reaches", async () => {
  const values = Array.from({ length: 61 }, () => makeValue("x"))
  const layers = values.map((top, i) => ({
    name: `layer${i}`,
    type: i === 0 ? "Input" : "ReLU",
    bottoms: i === 0 ? [] : [values[i - 1]!],
    tops: [top],
    message: i === 0 ? { input_param: { shape: [{ dim: [1, 2] }] } } : {},
    blobs: [],
  }))
  const html = String((await bundleOfResult(new Net({ name: "long", layers })))["text/html"])
  expect(html).toMatch(/^<div style="max-height:\d+em;overflow:auto" tabindex="0" role="region"/)
})

test("a refuted comparison names the layer, the place and the ratio", () => {
  const html = String(bundles.refuted!["text/html"])
  expect(html).toContain("✗ Not equivalent")
  expect(html).toMatch(/prelu2<\/th><td[^>]*>refuted<\/td><td[^>]*><strong>beyond<\/strong>/)
  const { data } = bundles.refuted![plotly] as { data: { name: string }[] }
  expect(data.map(({ name }) => name)).toContain("beyond (1)")
})

test("the display method is not listed among a result's own properties", () => {
  expect(Object.getOwnPropertySymbols(values.net!)).toEqual([])
  expect(displaySymbol).toBe(Symbol.for("Jupyter.display"))
})
