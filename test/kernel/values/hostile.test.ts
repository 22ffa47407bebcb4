import { describe, expect, it } from "vitest"
import { mimeBundle } from "../../../src/kernel/mime-bundle.js"
import { plainText } from "../../../src/kernel/values/plain-text.js"
import { Tensor } from "./samples.js"

const fail = () => {
  throw new Error("not for you")
}

describe("a value is shown, whatever it does:", () => {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const revokedFunction = Proxy.revocable(() => 1, {})
  revokedFunction.revoke()
  const cyclic: Record<string, unknown> = { type: "Point", coordinates: [1] }
  cyclic.self = cyclic
  const everything: object = new Proxy(() => everything, { get: () => everything })
  const liar = new Tensor([2, 2], new Float32Array(3))
  const knot = new AggregateError([], "tied")
  knot.errors = Array.from({ length: 20 }, () => new AggregateError([knot, knot], "end"))
  const hostile: [name: string, value: object][] = [
    ["a revoked proxy", revoked.proxy],
    ["a revoked function", revokedFunction.proxy],
    [
      "a proxy whose traps throw",
      new Proxy([{ a: 1 }], { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail }),
    ],
    ["a proxy that has everything", everything],
    ["GeoJSON in a circle", cyclic],
    ["records in a circle", [cyclic, { back: cyclic }]],
    ["errors in a knot", knot],
    ["a tensor with fewer values than it says", liar],
    ["a tensor that cannot be read", { shape: [2], dtype: "float32", dataSync: fail }],
    ["a shape of nonsense", { shape: [-1, Number.NaN, "x", {}], data: [] }],
    ["a table without columns", { schema: { fields: [{}, null] }, numRows: 3, getChildAt: () => undefined }],
    ["a table with endless rows", { schema: { fields: [] }, numRows: Number.NaN, getChildAt: fail }],
    ["an element without a name", { nodeType: 1, outerHTML: "<p>" }],
    ["a chart of nothing", { toSpec: fail, toObject: () => 5, toJSON: fail }],
    ["methods that throw", { _toMime: fail, _toHtml: fail, _toPng: () => "no picture" }],
    [
      "a name that throws",
      {
        [Symbol.toStringTag]: "x",
        get constructor() {
          return fail()
        },
      },
    ],
    [
      "an inspection that throws",
      Object.defineProperty({ [Symbol.for("nodejs.util.inspect.custom")]: fail }, Symbol.toStringTag, {
        get: fail,
      }),
    ],
    ["a class with a broken prototype", Object.defineProperty(class A {}, "x", { get: fail })],
    [
      "an error with broken parts",
      Object.defineProperties(new Error("x"), { cause: { get: fail }, errors: { get: fail } }),
    ],
  ]

  it.each(hostile)("%s", async (_name, value) => {
    const bundle = await mimeBundle(value)
    expect(String(bundle["text/plain"])).not.toBe("")
    expect(JSON.stringify(bundle)).toContain("text/plain")
  })

  it("its getters run at most once", async () => {
    const names = [
      "shape",
      "dims",
      "data",
      "values",
      "dtype",
      "nodeType",
      "outerHTML",
      "schema",
      "numRows",
      "toSpec",
      "render",
    ]
    const more = ["$schema", "type", "getContext", "_toHtml", "toHTML", "constructor", "get", "getChildAt"]
    const counts = new Map<string, number>()
    class Watched {}
    for (const name of [...names, ...more])
      Object.defineProperty(Watched.prototype, name, {
        get: () => void counts.set(name, (counts.get(name) ?? 0) + 1),
      })
    Object.defineProperty(Watched.prototype, Symbol.for("Jupyter.display"), {
      get: () => void counts.set("display", (counts.get("display") ?? 0) + 1),
    })
    await mimeBundle(new Watched())
    expect(counts.get("display")).toBe(1)
    expect(counts.get("shape")).toBe(1)
    expect([...counts.values()].every((count) => count === 1)).toBe(true)
  })

  it("a tensor is read once", async () => {
    const tensor = new Tensor([2], new Float32Array(2))
    await mimeBundle(tensor)
    expect(tensor.reads).toBe(1)
  })

  it("getters of elements do not run", async () => {
    const array = Object.defineProperty([1], 0, { get: fail, enumerable: true })
    expect(await mimeBundle(array)).toEqual({ "text/plain": "[ [Getter] ]" })
  })

  it("getters of records do not run", async () => {
    const row = {
      a: 1,
      get b(): number {
        return fail()
      },
    }
    expect((await mimeBundle([row]))["text/plain"]).toContain("[Getter]")
  })

  it("what its own display method throws is its author's to see", () => {
    expect(() => mimeBundle({ [Symbol.for("Jupyter.display")]: fail })).toThrow("not for you")
  })
})

describe("text has bounds:", () => {
  const keys = (count: number, value: unknown = 1) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value]))
  const deep = (width: number, depth: number): unknown =>
    depth === 0 ? 1 : Array.from({ length: width }, () => deep(width, depth - 1))
  class Wide {}

  it.each<[name: string, value: unknown, end: RegExp]>([
    ["a string", "x".repeat(1e6), /\.\.\. 990000 more characters$/],
    ["an array", new Array(1e6).fill(1), /\.\.\. 999900 more items\n\]$/],
    ["a Map", new Map(Array.from({ length: 1e5 }, (_, i) => [i, i])), /\.\.\. 99900 more items\n\}$/],
    ["an object", keys(1e5), /\n… 99,000 more properties$/],
    ["a class instance", Object.assign(new Wide(), keys(20_000)), /^Wide \{[\s\S]*… 19,000 more properties$/],
    ["an object of long texts", keys(200, "y".repeat(5000)), /\n… [\d,]+ more characters$/],
    ["arrays in arrays", deep(50, 4), /\[Array\]/],
    ["an object inside another", { inner: keys(1e5) }, /^\{ inner: \[Object\] \}$/],
    [
      "what prints itself at length",
      { [Symbol.for("nodejs.util.inspect.custom")]: () => "line\n".repeat(1e5) },
      /line\n… 400,0\d\d more characters$/,
    ],
  ])("%s", (_name, value, end) => {
    const text = plainText(value)
    expect(text.length).toBeLessThan(100_100)
    expect(text).toMatch(end)
  })

  it("what is small is printed as Node prints it, four levels deep", () => {
    expect(plainText({ a: { b: { c: { d: { e: { f: 1 } } } } } })).toBe(
      "{\n  a: {\n    b: { c: { d: { e: [Object] } } }\n  }\n}",
    )
  })
})
