import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const src = fileURLToPath(new URL("../src", import.meta.url))

/**
 * Which room may import which: the table in CONTRIBUTING.md. Files at the top of src (error, version) are
 * everybody's.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  net: [],
  layers: ["net"],
  formats: ["net", "layers"],
  caffe: ["net", "layers", "formats"],
  engines: ["net", "layers", "formats"],
  transforms: ["net", "layers"],
  equivalence: ["net", "layers", "engines", "transforms"],
  diagnosis: ["net", "layers", "engines", "transforms", "equivalence"],
  inspect: ["net", "layers"],
  training: ["net", "layers", "formats", "caffe", "engines"],
  figures: [
    "net",
    "layers",
    "formats",
    "engines",
    "transforms",
    "equivalence",
    "diagnosis",
    "inspect",
    "training",
  ],
  kernel: [],
  widgets: [
    "net",
    "layers",
    "formats",
    "engines",
    "transforms",
    "equivalence",
    "inspect",
    "training",
    "kernel",
  ],
  lab: ["formats", "kernel"],
  // In a browser all of it runs in one place.
  lite: [
    ...["net", "layers", "formats", "caffe", "engines", "figures", "training"],
    ...["kernel", "widgets", "index"],
  ],
  setup: [],
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.(ts|mjs)$/.test(name),
)

test("the widget toolkit knows nothing of nets", () => {
  const toolkit = files.filter((name) => name.startsWith("widgets/toolkit/"))
  expect(toolkit.length).toBeGreaterThan(0)
  for (const name of toolkit) {
    const path = join(src, name)
    for (const target of importsOf(path).map((specifier) => relative(src, resolve(dirname(path), specifier))))
      expect(target, `${name} imports ${target}`).toMatch(/^(widgets\/toolkit|kernel)\/|^error\.js$/)
  }
})

function importsOf(path: string): string[] {
  return [...readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
    ([, specifier]) => specifier!,
  )
}

test.each(files.filter((name) => name.includes("/") && !name.startsWith("cli/")))(
  "%s imports only from the rooms below its own",
  (name) => {
    const room = name.split("/")[0]!
    const allowed = mayImport[room]
    expect(allowed, `room ${room} is not in the table`).toBeDefined()
    const path = join(src, name)
    for (const specifier of importsOf(path)) {
      const target = relative(src, resolve(dirname(path), specifier))
      if (!target.includes("/") || target.startsWith("..")) continue
      const other = target.split("/")[0]!
      expect(other === room || allowed!.includes(other), `${name} imports ${target}`).toBe(true)
    }
  },
)
