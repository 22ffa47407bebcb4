import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const copy = mkdtempSync(join(tmpdir(), "prelab-notebooks-"))
cpSync(join(root, "notebooks"), copy, { recursive: true })
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const notebooks = readdirSync(copy).filter((name) => name.endsWith(".ipynb"))

/** Notebooks that train say in a cell for how long: here every cell has to run, the curves need not come to their end. */
function parametersOf(name: string): string[] {
  const takes = readFileSync(join(copy, name), "utf8").includes("const iterations: number")
  return takes ? ["-p", "iterations", "20"] : []
}

/** `prelab run` on a notebook of the copy: its exit status and everything it said. */
function run(name: string): Promise<{ status: number | null; output: string }> {
  const args = [join(root, "dist", "cli.js"), "run", name, ...parametersOf(name)]
  const child = spawn(process.execPath, args, { cwd: copy })
  let output = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, output })))
}

test("there are notebooks to run", () => {
  expect(notebooks).not.toEqual([])
})

interface ShownCell {
  outputs?: { data?: object }[]
}

test.each(notebooks)(
  "%s runs from its first cell to its last, and shows text where nothing else can be",
  async (name) => {
    const { status, output } = await run(name)
    expect(status, output).toBe(0)
    const { metadata, cells } = JSON.parse(readFileSync(join(copy, name), "utf8"))
    expect(metadata.kernelspec.name).toBe("prelab")
    const bundles = (cells as ShownCell[])
      .flatMap((cell) => cell.outputs ?? [])
      .flatMap(({ data }) => data ?? [])
    expect(bundles).not.toEqual([])
    for (const bundle of bundles) expect(Object.keys(bundle)).toContain("text/plain")
  },
)
