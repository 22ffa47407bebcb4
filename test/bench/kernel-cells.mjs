// What the kernels are given to do, in their two languages. `n` is a number that this kernel has not seen yet, so that
// nobody answers from memory. `wrong` are the same cells with a type error: who is timed on a check must refuse them.

/**
 * @typedef {object} Language
 * @property {string} first
 * @property {(n: number) => string} trivial
 * @property {(n: number) => string} heavy
 * @property {(n: number) => string} module
 * @property {((n: number) => string)[]} wrong
 * @property {{ code: (n: number) => string, same: string, found: string }} completion
 * @property {{ code: (n: number) => string, same: string }} inspection
 * @property {(n: number, ms: number) => string} busy
 * @property {(count: number) => string} lines
 */

const nodeModules = [
  ...["zlib", "dns", "http", "readline", "querystring", "tls", "dgram", "string_decoder", "v8", "cluster"],
  ...["net", "https", "http2", "tty", "inspector", "url", "util", "stream", "events", "assert"],
]
const pythonModules = [
  ...[
    "wave",
    "plistlib",
    "mailbox",
    "ftplib",
    "poplib",
    "smtplib",
    "colorsys",
    "filecmp",
    "fileinput",
    "sched",
  ],
  ...["tabnanny", "trace", "zipapp", "imaplib", "shelve", "cmd", "graphlib", "timeit", "pstats", "pyclbr"],
]

/**
 * The n-th of a few kinds of cells, in turn.
 * @param {((n: number) => string)[]} kinds
 * @returns {(n: number) => string}
 */
const inTurn = (kinds) => (n) => kinds[n % kinds.length](n)

/** @param {number} n */
const heavyTypeScript = (n) => `
import { existsSync, statSync } from "node:fs"
import type { KernelMessage, ServerConnection } from "@jupyterlab/services"
import type { Layout, PlotData } from "plotly.js"

const trace${n}: Partial<PlotData> = {
  type: "scatter",
  mode: "lines+markers",
  x: words.map((_, i) => i),
  y: words.map((word) => word.length * ${n}),
  marker: { color: "#268bd2", size: 5 },
}
const layout${n}: Partial<Layout> = {
  title: { text: "trace ${n}" },
  xaxis: { type: "linear", showgrid: false },
  margin: { l: 40, r: 10 },
}
const header${n}: Partial<KernelMessage.IHeader> = { msg_type: "execute_request", version: "5.4" }
const settings${n}: Partial<ServerConnection.ISettings> = { baseUrl: "/", appendToken: true }
const isFolder${n} = existsSync("/") && statSync("/").isDirectory()
console.log(trace${n}.mode, layout${n}.margin?.l, header${n}.version, settings${n}.baseUrl, isFolder${n})`

/** @type {Language} */
export const typescript = {
  first: `let total = 0
const words = ["blob", "bottom", "top", "param"]
total + words.length`,
  trivial: inTurn([
    (n) => `const a${n} = ${n} * 2 + 1\na${n}`,
    (n) => `let b${n}: number[] = [${n}, ${n + 1}]\nb${n}.map((x) => x + 1)`,
    (n) => `function f${n}(x: number): number {\n  return x * ${n}\n}\nf${n}(3)`,
    (n) =>
      `interface P${n} { x: number; label: string }\nconst p${n}: P${n} = { x: ${n}, label: "p" }\np${n}.label`,
    (n) =>
      `class C${n} {\n  constructor(readonly v: number) {}\n  twice() { return this.v * 2 }\n}\nnew C${n}(${n}).twice()`,
    (n) => `total += ${n}\ntotal`,
    (n) => `const { length: l${n} } = words\nl${n} + total`,
    (n) => `await Promise.resolve(words.length + ${n})`,
  ]),
  heavy: heavyTypeScript,
  module: (n) =>
    `import * as module${n} from "node:${nodeModules[n % nodeModules.length]}"\ntypeof module${n}`,
  wrong: [
    (n) => `const wrong${n}: number = words[0] + "${n}"\nwrong${n}`,
    (n) => `${heavyTypeScript(n)}\nconst wrong${n}: Partial<PlotData> = { mode: ${n} }`,
    (n) => `import { wrong${n} } from "node:zlib"\ntypeof wrong${n}`,
  ],
  completion: { code: (n) => `const c${n} = ${n}\nwords.fil`, same: "words.fil", found: "filter" },
  inspection: { code: (n) => `const i${n} = ${n}\nwords.filter`, same: "words.filter" },
  busy: (n, ms) => `const until${n} = Date.now() + ${ms}\nwhile (Date.now() < until${n}) {}`,
  lines: (count) => `for (let i = 0; i < ${count}; i++) console.log(\`line \${i}\`)`,
}

/** @param {number} n */
const heavyPython = (n) => `
import dataclasses
import os
from typing import Optional

@dataclasses.dataclass
class Trace${n}:
    mode: str
    x: list[int]
    y: list[int]
    title: Optional[str] = None

trace${n} = Trace${n}("lines+markers", list(range(len(words))), [len(word) * ${n} for word in words])
is_folder${n} = os.path.exists("/") and os.path.isdir("/")
print(trace${n}.mode, trace${n}.title, is_folder${n})`

/** @type {Language} */
export const python = {
  first: `import asyncio
total = 0
words = ["blob", "bottom", "top", "param"]
total + len(words)`,
  trivial: inTurn([
    (n) => `a${n} = ${n} * 2 + 1\na${n}`,
    (n) => `b${n} = [${n}, ${n + 1}]\n[x + 1 for x in b${n}]`,
    (n) => `def f${n}(x: int) -> int:\n    return x * ${n}\n\nf${n}(3)`,
    (n) => `p${n} = {"x": ${n}, "label": "p"}\np${n}["label"]`,
    (n) =>
      `class C${n}:\n    def __init__(self, v: int):\n        self.v = v\n    def twice(self):\n        return self.v * 2\n\nC${n}(${n}).twice()`,
    (n) => `total += ${n}\ntotal`,
    (n) => `l${n} = len(words)\nl${n} + total`,
    (n) => `await asyncio.sleep(0, len(words) + ${n})`,
  ]),
  heavy: heavyPython,
  module: (n) => `import ${pythonModules[n % pythonModules.length]} as module${n}\ntype(module${n})`,
  wrong: [],
  completion: { code: (n) => `c${n} = ${n}\nwords.app`, same: "words.app", found: "append" },
  inspection: { code: (n) => `i${n} = ${n}\nwords.append`, same: "words.append" },
  busy: (n, ms) =>
    `import time\nuntil${n} = time.time() + ${ms / 1000}\nwhile time.time() < until${n}:\n    pass`,
  lines: (count) => `for i in range(${count}):\n    print(f"line {i}")`,
}
