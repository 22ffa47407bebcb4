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
  widgets: ["net", "layers", "engines", "inspect", "kernel"],
  lab: ["formats", "kernel"],
  setup: [],
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.(ts|mjs)$/.test(name),
)

test.each(files.filter((name) => name.includes("/") && !name.startsWith("cli/")))(
  "%s imports only from the rooms below its own",
  (name) => {
    const room = name.split("/")[0]!
    const allowed = mayImport[room]
    expect(allowed, `room ${room} is not in the table`).toBeDefined()
    const path = join(src, name)
    const specifiers = [...readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
      ([, specifier]) => specifier!,
    )
    for (const specifier of specifiers) {
      const target = relative(src, resolve(dirname(path), specifier))
      if (!target.includes("/") || target.startsWith("..")) continue
      const other = target.split("/")[0]!
      expect(other === room || allowed!.includes(other), `${name} imports ${target}`).toBe(true)
    }
  },
)
