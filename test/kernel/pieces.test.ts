import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import type ts from "typescript"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { addressOf, checkConnection } from "../../src/kernel/connection.js"
import { toCodePoints, toUtf16 } from "../../src/kernel/cursor.js"
import { exportedTypes } from "../../src/kernel/exported-types.js"
import { guardLoops } from "../../src/kernel/loop-guard.js"
import { mimeBundle, rawBundle } from "../../src/kernel/mime-bundle.js"
import { Positions } from "../../src/kernel/positions.js"
import { awaitsAtTopLevel } from "../../src/kernel/top-level-await.js"
import { insertBuffers, separateBuffers } from "../../src/kernel/widget-buffers.js"

const fromTslab = createRequire(createRequire(import.meta.url).resolve("tslab/package.json"))
const typescript: typeof ts = fromTslab("@tslab/typescript-for-tslab")

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-pieces-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe("cursors", () => {
  it("count an astral character once for Jupyter and twice for JavaScript", () => {
    const text = "a😀b"
    expect([0, 1, 2, 3, 9].map((n) => toUtf16(text, n))).toEqual([0, 1, 3, 4, 4])
    expect([0, 1, 3, 4].map((n) => toCodePoints(text, n))).toEqual([0, 1, 2, 3])
  })
})

describe("connection", () => {
  const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 }
  const connection = (more: object) =>
    checkConnection({
      transport: "tcp",
      ip: "127.0.0.1",
      key: "k",
      signature_scheme: "hmac-sha256",
      ...ports,
      ...more,
    })

  it("addresses every transport as libzmq wants it", () => {
    expect(addressOf(connection({}), "shell")).toBe("tcp://127.0.0.1:1")
    expect(addressOf(connection({ ip: "localhost" }), "hb")).toBe("tcp://127.0.0.1:5")
    expect(addressOf(connection({ ip: "::1" }), "iopub")).toBe("tcp://[::1]:2")
    expect(addressOf(connection({ transport: "ipc", ip: "/tmp/k" }), "control")).toBe("ipc:///tmp/k-4")
  })

  it("refuses addresses that other machines reach, and ports that are none", () => {
    for (const ip of ["0.0.0.0", "*", "192.168.1.2", "example.org", "128.0.0.1"])
      expect(() => connection({ ip })).toThrow(`address is not loopback: ${ip}`)
    expect(() => connection({ hb_port: "5" })).toThrow("invalid hb_port: 5")
    expect(() => connection({ hb_port: -1 })).toThrow("invalid hb_port: -1")
    expect(() => connection({ transport: "ipc", hb_port: 0 })).toThrow("invalid hb_port: 0")
    expect(() => checkConnection(null as never)).toThrow("connection is no object: null")
  })

  it("refuses signature schemes that nobody can compute, and takes every other", () => {
    for (const scheme of ["md5", "hmac-nope", "hmac-", undefined])
      expect(() => connection({ signature_scheme: scheme })).toThrow(
        `unsupported signature scheme: ${scheme}`,
      )
    for (const scheme of ["hmac-md5", "hmac-sha1", "hmac-sha512", "hmac-sha3-256"])
      expect(connection({ signature_scheme: scheme }).signature_scheme).toBe(scheme)
  })
})

describe("positions", () => {
  const compile = (code: string) =>
    typescript.transpileModule(code, { compilerOptions: { module: 1, target: 9 } }).outputText

  it("lead every marked word back to its line and column", () => {
    const code = [
      'import { sep } from "node:path"',
      "interface Gone { a: number; b: Gone }",
      "type Also<T> = { [K in keyof T]: Also<T[K]> }",
      "",
      "export enum Kind { one = 1, two }",
      "export class Box<T extends Gone> {",
      "  constructor(private readonly mark1: T, public other?: string) {}",
      "  get(this: Box<T>): T { return mark2(this.mark1 as T)! }",
      "}",
      "",
      `export const table: Record<string, number> = { mark3: 1, [\`mark4\${sep}\`]: 2 }`,
      "declare function mark2<T>(x: T): T | undefined",
      "mark5<Gone>(table satisfies object)",
      `function mark5<T>(x: unknown): asserts x is T { throw new Error(\`mark6 \${x}\`) }`,
    ].join("\n")
    const js = guardLoops(compile(code), typescript)
    const positions = new Positions(code, js)
    for (const word of ["mark3", "mark4", "mark5<", "mark6", "mark2(this"]) {
      const at = js.indexOf(word.replace("<", "("))
      const before = js.slice(0, at).split("\n")
      const expected = code.slice(0, code.indexOf(word)).split("\n")
      const origin = positions.originOf({ line: before.length, column: before.at(-1)!.length + 1 })
      expect([word, origin]).toEqual([word, { line: expected.length, column: expected.at(-1)!.length + 1 }])
    }
  })

  it("stay right in a cell too long for an exact alignment", () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => `const v${i}: Map<string, number[]> = make${i}() as Made`,
    )
    const code = rows.join("\n")
    const js = code.replace(/: Map<string, number\[\]>| as Made/g, "")
    const positions = new Positions(code, js)
    expect(positions.originOf({ line: 2500, column: 15 })).toEqual({ line: 2500, column: 38 })
  })

  it("have an answer for empty texts", () => {
    expect(new Positions("", "").originOf({ line: 1, column: 1 })).toBe(undefined)
  })
})

describe("guarded loops", () => {
  const run = (js: string, stopAfter: number): unknown => {
    let turns = 0
    const scope = {
      flag: {
        get 0() {
          return ++turns > stopAfter ? 1 : 0
        },
      },
      check: () => {
        throw new Error("stopped")
      },
    }
    Object.assign(globalThis, { __prelab_stop__: scope })
    try {
      return new Function(guardLoops(js, typescript))()
    } finally {
      Reflect.deleteProperty(globalThis, "__prelab_stop__")
    }
  }

  const endless = [
    "while (true) {}",
    "while (true);",
    "for (;;) for (;;) for (const x of [1, 2]) x",
    "do ; while (true)",
    "do { if (1) continue } while (true)",
    "const f = () => { for (const k in { a: 1, b: 2 }) { while (1) k } }; f()",
    "outer: for (;;) { for (;;) continue outer }",
    "if (1) while (1) 1; else 2",
  ]
  for (const js of endless)
    it(`end: ${js}`, () => {
      expect(() => run(js, 20)).toThrow("stopped")
    })

  it("still compute what they did", () => {
    const js =
      "let s = 0; for (let i = 0; i < 3; i++) for (const j of [1, 2]) s += i * j; do s++; while (s < 12); return s"
    expect(run(js, 1e9)).toBe(12)
  })

  it("keep their lines", () => {
    const js = "let a\nfor (;;)\n  while (1)\n    a = 1\n"
    expect(guardLoops(js, typescript).split("\n")).toHaveLength(js.split("\n").length)
  })

  it("leave code without loops alone", () => {
    expect(guardLoops("const whiled = 'for'", typescript)).toBe("const whiled = 'for'")
  })
})

describe("await at top level", () => {
  const samples: [string, boolean][] = [
    ["await x", true],
    ["const y = await (async () => 1)()", true],
    ["for await (const x of y) {}", true],
    ["if (a) { b(await c) }", true],
    ["async function f() { await 1 }", false],
    ["const f = async () => { for await (const x of y) {} }", false],
    ["class A { async m() { await 1 } }", false],
    ["'await'", false],
  ]
  for (const [code, expected] of samples)
    it(`${expected ? "is found" : "is not found"} in: ${code}`, () => {
      expect(awaitsAtTopLevel(code, typescript)).toBe(expected)
    })
})

describe("exported types", () => {
  it("are found through the files of a package", () => {
    const root = new URL("fixtures/helpers", import.meta.url).pathname
    expect(exportedTypes(root, typescript).sort()).toEqual(["Blob4", "LayerShape"])
  })
})

describe("MIME bundles", () => {
  it("are text for plain values, whatever they hold", () => {
    const circular: Record<string, unknown> = { big: 2n }
    circular.self = circular
    expect(mimeBundle(circular)).toEqual({ "text/plain": "<ref *1> { big: 2n, self: [Circular *1] }" })
    const broken = {
      [inspect.custom]: () => {
        throw new Error("no")
      },
    }
    expect(mimeBundle(broken)).toEqual({ "text/plain": "[object Object]" })
  })

  it("keep JSON as JSON, join lines, and encode bytes", () => {
    expect(
      rawBundle({
        "application/vnd.plotly.v1+json": { x: new Float64Array([1, Number.NaN]), n: 3n, f: () => 1 },
        "application/json": [1],
        "text/html": ["<b>", "</b>"],
        "image/png": new Uint8Array([1, 2, 3]),
        "text/latex": undefined,
      }),
    ).toEqual({
      "application/vnd.plotly.v1+json": { x: [1, null], n: 3 },
      "application/json": [1],
      "text/html": "<b></b>",
      "image/png": "AQID",
    })
  })

  it("have a text beside what an object shows of itself", () => {
    const shown = { [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<hr>" }) }
    expect(Object.keys(mimeBundle(shown))).toEqual(["text/html", "text/plain"])
  })
})

describe("widget buffers", () => {
  it("leave a state and come back to their places, however deep", () => {
    const state = {
      a: new Uint8Array([1]),
      b: { c: [0, new DataView(new ArrayBuffer(2)), [new Float32Array(1)]] },
      d: null,
    }
    const { state: sent, buffer_paths, buffers } = separateBuffers(state)
    expect(sent).toEqual({ b: { c: [0, null, [null]] }, d: null })
    expect(buffer_paths).toEqual([["a"], ["b", "c", 1], ["b", "c", 2, 0]])
    expect(buffers.map((buffer) => buffer.length)).toEqual([1, 2, 4])
    const back = insertBuffers(sent, buffer_paths, buffers)
    expect(back).toEqual({
      a: new Uint8Array([1]),
      b: { c: [0, new Uint8Array(2), [new Uint8Array(4)]] },
      d: null,
    })
  })
})
