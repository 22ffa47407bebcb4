import { spawn } from "node:child_process"
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), "prelab-run-test-")))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function notebookOf(name: string, sources: (string | { source: string; tags: string[] })[]): string {
  const cells = sources.map((cell, i) => ({
    cell_type: "code",
    id: `cell-${i + 1}`,
    metadata: typeof cell === "string" ? {} : { tags: cell.tags },
    execution_count: null,
    outputs: [{ output_type: "stream", name: "stdout", text: "from an earlier run\n" }],
    source: typeof cell === "string" ? cell : cell.source,
  }))
  const metadata = {
    kernelspec: { name: "prelab", display_name: "TypeScript (prelab)", language: "typescript" },
  }
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }))
  return file
}

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** `prelab run`, called from another folder than the notebook's. `during` gets the process once it runs. */
function run(
  args: string[],
  during: (kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, "run", ...args], { cwd: tmpdir() })
  const said = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text
    })
  during((signal) => child.kill(signal))
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, ...said })))
}

function outputsIn(file: string): unknown[][] {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: { outputs: unknown[] }[] }
  return cells.map(({ outputs }) => outputs)
}

test("a notebook runs in its own folder and keeps its outputs", async () => {
  const file = notebookOf("good.ipynb", ["const a: number = 20", "console.log(a)\na + 1", "process.cwd()"])
  const { status, stderr } = await run([file])
  expect(status, stderr).toBe(0)
  expect(outputsIn(file)).toEqual([
    [],
    [
      { output_type: "stream", name: "stdout", text: ["20\n"] },
      { output_type: "execute_result", data: { "text/plain": ["21"] }, metadata: {}, execution_count: 2 },
    ],
    [
      {
        output_type: "execute_result",
        data: { "text/plain": [`'${folder}'`] },
        metadata: {},
        execution_count: 3,
      },
    ],
  ])
})

test("the first error ends the run with status 1; what was shown until then is written", async () => {
  const file = notebookOf("bad.ipynb", ["1", "null!.x", "3"])
  const { status, stderr } = await run([file])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^prelab: cell 2 failed: /)
  const [first, second, third] = outputsIn(file)
  expect(first).toMatchObject([{ output_type: "execute_result" }])
  expect(second).toMatchObject([{ output_type: "error" }])
  expect(third).toEqual([])
})

test("tags say which cells are left out and which may fail", async () => {
  const file = notebookOf("tags.ipynb", [
    { source: 'throw new Error("expected")', tags: ["raises-exception"] },
    { source: 'throw new Error("never run")', tags: ["skip-execution"] },
    "3",
  ])
  const { status, stderr } = await run([file])
  expect(status, stderr).toBe(0)
  expect(outputsIn(file)).toMatchObject([[{ output_type: "error" }], [], [{ output_type: "execute_result" }]])
})

test("parameters replace defaults, and -o leaves the notebook as it was", async () => {
  const file = notebookOf("parameters.ipynb", [
    { source: 'const rate = 1, name = "none"', tags: ["parameters"] },
    "console.log(rate * 2, name)",
  ])
  const before = readFileSync(file, "utf8")
  const out = join(folder, "parameters-out.ipynb")
  const { status, stderr } = await run(["-p", "rate", "-0.5", "-p", "name", "det1", file, "-o", out])
  expect(status, stderr).toBe(0)
  expect(outputsIn(out).at(-1)).toEqual([{ output_type: "stream", name: "stdout", text: ["-1 det1\n"] }])
  expect(readFileSync(file, "utf8")).toBe(before)
})

test("two runs of one notebook write the same bytes, and no temporary file stays", async () => {
  const file = notebookOf("same.ipynb", ["const a = [1, 2]", "a", "display(new Map([[1, 2]]))"])
  const copy = join(folder, "same-again.ipynb")
  copyFileSync(file, copy)
  await Promise.all([run([file]), run([copy])])
  expect(readFileSync(copy, "utf8")).toBe(readFileSync(file, "utf8"))
  expect(readdirSync(folder).filter((name) => !name.endsWith(".ipynb"))).toEqual([])
})

test("an interrupt stops the running cell and the run", async () => {
  const started = join(folder, "started")
  const file = notebookOf("endless.ipynb", [
    `import { writeFileSync } from "node:fs"\nwriteFileSync(${JSON.stringify(started)}, "")\nwhile (true) {}`,
    "2",
  ])
  const { status } = await run([file], (kill) => {
    const watch = setInterval(() => {
      if (!readdirSync(folder).includes("started")) return
      clearInterval(watch)
      rmSync(started)
      kill("SIGINT")
    }, 50)
  })
  expect(status).toBe(1)
  expect(outputsIn(file)[0]).toMatchObject([{ output_type: "error" }])
})

test("a kernel that dies is a failure, not a hang", async () => {
  const file = notebookOf("dies.ipynb", ["process.kill(process.pid, 'SIGKILL')"])
  const { status, stderr } = await run([file])
  expect(status).toBe(1)
  expect(stderr).toContain("cell 1 failed: KernelDied: ended by SIGKILL")
})

test("a notebook for a kernel that is not there is refused", async () => {
  const file = notebookOf("other.ipynb", ["1"])
  writeFileSync(file, readFileSync(file, "utf8").replace('"name":"prelab"', '"name":"no-such-kernel"'))
  const { status, stderr } = await run([file])
  expect(status).toBe(2)
  expect(stderr).toBe("prelab: kernel not installed: no-such-kernel\n")
})
