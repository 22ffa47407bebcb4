import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { installPapermill, uninstallPapermill } from "../../src/kernel/papermill.js"
import { askPython, type Python } from "../../src/kernel/python.js"
import { environment } from "../../src/setup/environment.mjs"
import { binary } from "../../src/setup/paths.mjs"

let packages: string
let python: Python
beforeEach(() => {
  packages = mkdtempSync(join(tmpdir(), "prelab-papermill-"))
  python = { ...askPython(binary(environment, "python"))!, packages }
})
afterEach(() => rmSync(packages, { recursive: true }))

/** As much of papermill as the translator touches, in its own words. */
function standIn(): string {
  const folder = join(packages, "papermill")
  mkdirSync(folder)
  const files = {
    "__init__.py": "",
    "engines.py": "class NBClientEngine: pass\n",
    "models.py":
      "from collections import namedtuple\nParameter = namedtuple('Parameter', 'name inferred_type_name default help')\n",
    "translators.py": `
class Registry(dict):
    def register(self, language, translator): self[language] = translator
papermill_translators = Registry()
class Translator:
    @classmethod
    def translate(cls, val):
        if val is None: return cls.translate_none(val)
        for kind in (str, bool, int, float, dict, list):
            if isinstance(val, kind): return getattr(cls, "translate_" + kind.__name__)(val)
        return cls.translate_escaped_str(val)
    @classmethod
    def translate_str(cls, val): return cls.translate_escaped_str(val)
    @classmethod
    def translate_bool(cls, val): return "true" if val else "false"
`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return packages
}

/** What Python prints of an expression, with the translator of an installed package as `t`. */
function evaluate(expression: string): string {
  const code = `
import sys; sys.path.insert(0, ${JSON.stringify(packages)})
import json, prelab_papermill
from papermill.translators import papermill_translators
t = papermill_translators["typescript"]
print(${expression})`
  const { stdout, stderr, status } = spawnSync(python.program, ["-c", code], { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  return stdout.trimEnd()
}

/** A Python that finds papermill where the test has put it. */
function withPapermill(): Python {
  const program = join(standIn(), "python")
  writeFileSync(program, `#!/bin/sh\nPYTHONPATH="${packages}" exec "${python.program}" "$@"\n`, {
    mode: 0o755,
  })
  return { ...python, program }
}

const written: [python: string, typescript: string][] = [
  ["'fast'", 'const x: string = "fast"'],
  [`'say "é😀"\\n'`, String.raw`const x: string = "say \"\u00e9\ud83d\ude00\"\n"`],
  ["3", "const x: number = 3"],
  ["2**60", "const x: bigint = 1152921504606846976n"],
  ["-0.5", "const x: number = -0.5"],
  ["1e300", "const x: number = 1e+300"],
  ["float('nan')", "const x: number = NaN"],
  ["float('-inf')", "const x: number = -Infinity"],
  ["True", "const x: boolean = true"],
  ["None", "const x: any = null"],
  ["[]", "const x: any[] = []"],
  ["[1, 2.5]", "const x: number[] = [1, 2.5]"],
  ["[1, 'a', False]", 'const x: (number | string | boolean)[] = [1, "a", false]'],
  ["[[1], []]", "const x: (number[] | any[])[] = [[1], []]"],
  ["{}", "const x: Record<string, any> = {}"],
  ["{'a b': {'c': None}}", 'const x: { "a b": { "c": any } } = { "a b": { "c": null } }'],
  ["{'__proto__': 1}", 'const x: { ["__proto__"]: number } = { ["__proto__"]: 1 }'],
]

it("parameters become TypeScript with the type that a reader means", () => {
  installPapermill(withPapermill(), "1.2.3")
  const values = written.map(([value]) => value).join(", ")
  const codified = JSON.parse(evaluate(`json.dumps([t.codify({"x": v}, "Parameters") for v in [${values}]])`))
  expect(codified).toEqual(written.map(([, code]) => `// Parameters\n${code}\n`))
})

it("the cell of parameters tells their names, types and meanings", () => {
  installPapermill(withPapermill(), "1.2.3")
  const cell = 'const rate: number = 0.1 // how fast\\nlet mode = "a";\\n// nothing\\nprint(1)'
  expect(JSON.parse(evaluate(`json.dumps(t.inspect({"source": '''${cell}'''}))`))).toEqual([
    ["rate", "number", "0.1", "how fast"],
    ["mode", "None", '"a"', ""],
  ])
})

it("papermill finds the module as an engine, pip finds the package with all its files", () => {
  const files = installPapermill(withPapermill(), "1.2.3-beta.1")
  const found = `[(e.group, e.name, d.version) for d in __import__("importlib.metadata").metadata.distributions()
    if d.name == "prelab-papermill" for e in d.entry_points]`
  expect(evaluate(found)).toBe("[('papermill.engine', 'prelab', '1.2.3+beta.1')]")
  expect(files.every(existsSync)).toBe(true)
})

it("a newer version takes the place of an older one, and removing leaves nothing", () => {
  const target = withPapermill()
  const before = readdirSync(packages).sort()
  installPapermill(target, "1.0.0")
  installPapermill(target, "2.0.0")
  expect(readdirSync(packages).filter((name) => name.startsWith("prelab"))).toEqual([
    "prelab_papermill-2.0.0.dist-info",
    "prelab_papermill.py",
  ])
  uninstallPapermill(target)
  expect(readdirSync(packages).sort()).toEqual(before)
  expect(() => uninstallPapermill(target)).toThrow(`papermill translator not installed: ${packages}`)
})

it("a Python without papermill is refused with the next step", () => {
  const bare = { ...python, program: join(packages, "python") }
  writeFileSync(bare.program, `#!/bin/sh\nexit 1\n`, { mode: 0o755 })
  expect(() => installPapermill(bare, "1.0.0")).toThrow(
    `papermill not found: ${bare.program}; ${bare.program} -m pip install papermill`,
  )
})
