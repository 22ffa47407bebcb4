import { spawn } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { finishWriting, writeTogether } from "../../src/formats/write-together.js"
import type { Net } from "../../src/net/index.js"

const here = dirname(fileURLToPath(import.meta.url))
const cache = join(here, "../../node_modules/.cache")
let scripts: string

/** Writes generation after generation; or, told a number, ends itself by SIGKILL before that call that changes the folder. */
const writer = `
  import fs from "node:fs"
  import { syncBuiltinESMExports } from "node:module"
  import { writeTogether } from "../../src/formats/write-together.js"
  const [path, first, last] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
  let calls = 0
  for (const name of ["linkSync", "renameSync", "unlinkSync", "openSync", "fsyncSync"]) {
    const real = fs[name]
    fs[name] = (...args) => {
      if (calls++ === last) process.kill(process.pid, "SIGKILL")
      return real(...args)
    }
  }
  if (last >= 0) syncBuiltinESMExports()
  for (let n = first; last < 0 || n === first; n++) {
    await writeTogether(path, { ".caffemodel": new Uint8Array(200_000).fill(n % 256), ".prototxt": "generation " + (n % 256) })
    process.stdout.write(n + "\\n")
  }
`

beforeAll(async () => {
  mkdirSync(cache, { recursive: true })
  scripts = mkdtempSync(join(cache, "prelab-write-"))
  const stdin = { contents: writer, resolveDir: here, loader: "ts" as const }
  const outfile = join(scripts, "writer.mjs")
  await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", packages: "external" })
})

afterAll(() => rmSync(scripts, { recursive: true, force: true }))

const temporary = () => join(mkdtempSync(join(tmpdir(), "prelab-write-")), "net")

/** Runs the writer until it ends; killed after so many milliseconds from its first generation on where that is told. */
function run(
  path: string,
  first: number,
  last: number,
  after?: number,
): Promise<{ code: number | null; written: number }> {
  const child = spawn(process.execPath, [join(scripts, "writer.mjs"), path, String(first), String(last)])
  let written = 0
  child.stdout.on("data", (data: Buffer) => {
    if (written === 0 && after !== undefined) setTimeout(() => child.kill("SIGKILL"), after)
    written += data.toString().split("\n").length - 1
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, written }))
  })
}

/** The generation that each file is of; a file that is not whole is of none. */
function generations(path: string): [model: number, text: number] {
  const model = readFileSync(`${path}.caffemodel`)
  const text = readFileSync(`${path}.prototxt`, "utf8")
  expect(model.length).toBe(200_000)
  expect(model.every((byte) => byte === model[0])).toBe(true)
  return [model[0]!, Number(/^generation (\d+)$/.exec(text)?.[1])]
}

describe("two files written together", () => {
  test("and killed at every single step: old or new, never a mixture", async () => {
    const seen = { old: 0, new: 0, mixed: 0 }
    for (let step = 0; ; step++) {
      const path = temporary()
      await writeTogether(path, {
        ".caffemodel": new Uint8Array(200_000).fill(1),
        ".prototxt": "generation 1",
      })
      const { code } = await run(path, 2, step)
      const [model, text] = generations(path)
      if (model !== text) seen.mixed++
      finishWriting(path)
      const [now, also] = generations(path)
      expect(now).toBe(also)
      expect([1, 2]).toContain(now)
      expect(existsSync(join(dirname(path), ".net.saving"))).toBe(false)
      if (now === 1) seen.old++
      else seen.new++
      // The next save finds its way, and clears what the killed one left.
      await writeTogether(path, {
        ".caffemodel": new Uint8Array(200_000).fill(3),
        ".prototxt": "generation 3",
      })
      expect(generations(path)).toEqual([3, 3])
      expect(readdirSync(dirname(path)).sort()).toEqual(["net.caffemodel", "net.prototxt"])
      if (code === 0) break
    }
    // Killed before the journal, behind it, and between the two renames: each at least once.
    expect(Math.min(seen.old, seen.new, seen.mixed)).toBeGreaterThan(0)
  })

  test("and killed at random moments, over and over", async () => {
    const path = temporary()
    let state = 7
    let first = 0
    for (let round = 0; round < 30; round++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const { code, written } = await run(path, first, -1, (state / 2 ** 32) * 60)
      expect(code).toBe(null)
      expect(written).toBeGreaterThan(0)
      finishWriting(path)
      const [model, text] = generations(path)
      expect(model).toBe(text)
      // The last one that was reported, or one whose report was killed.
      expect([(first + written - 1) % 256, (first + written) % 256, (first + written + 1) % 256]).toContain(
        model,
      )
      first = model + 1
    }
  })

  test("by two processes at once", async () => {
    const path = temporary()
    const both = [run(path, 0, -1, 700), run(path, 0, -1, 500)]
    for (const { written } of await Promise.all(both)) expect(written).toBeGreaterThan(0)
    finishWriting(path)
    const [model, text] = generations(path)
    expect(model).toBe(text)
  })
})

test("a folder that cannot be written is an error, and nothing is left", async () => {
  const path = temporary()
  writeFileSync(path, "a file")
  await expect(writeTogether(join(path, "net"), { ".prototxt": "x" })).rejects.toThrow("cannot write file: ")
})

test("a journal that names other files is refused", () => {
  const path = temporary()
  writeFileSync(join(dirname(path), "victim"), "mine")
  for (const files of [
    [["victim", "net.prototxt"]],
    [[".net.prototxt.1-0.tmp", "victim"]],
    [[".net.x/../victim.tmp", "net.x"]],
  ]) {
    writeFileSync(join(dirname(path), ".net.saving"), JSON.stringify({ files }))
    expect(() => finishWriting(path)).toThrow("damaged journal of a save")
  }
  writeFileSync(join(dirname(path), ".net.saving"), "{")
  expect(() => finishWriting(path)).toThrow("damaged journal of a save")
  expect(readFileSync(join(dirname(path), "victim"), "utf8")).toBe("mine")
})

test("loadNet finishes a save that was killed between the two renames", async () => {
  const net = (name: string, slope: number): Net => {
    const text = `name: "${name}" layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 } } }
      layer { name: "p" type: "PReLU" bottom: "data" top: "o" }`
    const parsed = parseNet(text)
    return parsed.with(
      parsed.layers.map((layer) =>
        layer.name === "p" ? { ...layer, blobs: [{ shape: [1], data: Float32Array.of(slope) }] } : layer,
      ),
    )
  }
  const path = temporary()
  const [folder, other] = [dirname(path), temporary()]
  await saveNet(net("old", 0.25), path)
  const made = await saveNet(net("new", 0.5), other)
  // The caffemodel has its new name, the prototxt not yet.
  copyFileSync(made.caffemodel, `${path}.caffemodel`)
  const waiting = ".net.prototxt.1-0a.tmp"
  copyFileSync(made.prototxt, join(folder, waiting))
  const files = [
    [".net.caffemodel.1-0a.tmp", "net.caffemodel"],
    [waiting, "net.prototxt"],
  ]
  writeFileSync(join(folder, ".net.saving"), JSON.stringify({ files }))
  const loaded = await loadNet(`${path}.prototxt`, `${path}.caffemodel`)
  expect([loaded.name, loaded.layer("p").blobs[0]!.data[0]]).toEqual(["new", 0.5])
  expect(readdirSync(folder).sort()).toEqual(["net.caffemodel", "net.prototxt"])
})
