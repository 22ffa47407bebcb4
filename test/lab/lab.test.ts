import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, onTestFinished, test } from "vitest"
import { freePorts } from "../../src/lab/free-ports.js"

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), "prelab-lab-test-")))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A `prelab` command: its process, what it has said so far, and its exit status. */
function prelab(...args: string[]) {
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder })
  const said = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text
    })
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve))
  onTestFinished(async () => {
    child.kill("SIGTERM")
    await exit
  })
  return { child, said, exit }
}

test("lab prints its address, serves the kernel, runs a notebook for `run --server`, and ends at Ctrl-C", async () => {
  mkdirSync(join(folder, "below"))
  const notebook = join(folder, "below", "where.ipynb")
  const cell = {
    cell_type: "code",
    id: "a",
    metadata: {},
    execution_count: null,
    outputs: [],
    source: "process.cwd()",
  }
  const metadata = {
    kernelspec: { name: "prelab", display_name: "TypeScript (prelab)", language: "typescript" },
  }
  writeFileSync(notebook, JSON.stringify({ cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 }))
  const [port] = await freePorts(1)
  const lab = prelab("lab", folder, "--no-browser", "--port", String(port))

  await expect
    .poll(() => lab.said.stdout, { timeout: 60_000 })
    .toMatch(/^http:\/\/127\.0\.0\.1:\d+\/lab\?token=\w+\n$/)
  const address = new URL(lab.said.stdout.trim())
  expect(address.port).toBe(String(port))
  const token = address.searchParams.get("token")!
  const specs = await fetch(new URL(`/api/kernelspecs?token=${token}`, address))
  expect(await specs.json()).toMatchObject({ default: "prelab", kernelspecs: { prelab: { name: "prelab" } } })

  const run = prelab("run", notebook, "--server", address.origin, "--token", token, "--json")
  expect(await run.exit, run.said.stderr).toBe(0)
  expect(JSON.parse(run.said.stdout)).toEqual({ output: notebook, cells: 1 })
  const [{ outputs }] = JSON.parse(readFileSync(notebook, "utf8")).cells
  expect(outputs).toMatchObject([{ data: { "text/plain": [`'${join(folder, "below")}'`] } }])

  const stranger = prelab("run", notebook, "--server", address.origin, "--token", "wrong")
  expect(await stranger.exit).toBe(2)
  expect(stranger.said.stderr).toBe(`prelab: server refuses the token: ${address.origin}\n`)
  writeFileSync(
    notebook,
    readFileSync(notebook, "utf8").replace('"name": "prelab"', '"name": "no-such-kernel"'),
  )
  const other = prelab("run", notebook, "--server", address.origin, "--token", token)
  expect(await other.exit).toBe(2)
  expect(other.said.stderr).toBe("prelab: server has no such kernel: no-such-kernel; it has prelab\n")

  lab.child.kill("SIGINT")
  expect(await lab.exit, lab.said.stderr).toBe(0)
  await expect(fetch(address)).rejects.toThrow()
})

test("a port that is taken and a folder that is not there are refused in words", async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const taken = prelab("lab", "--no-browser", "--port", String(port))
  expect(await taken.exit).toBe(2)
  expect(taken.said.stderr).toBe(`prelab: port is taken: ${port}\n`)
  server.close()
  const nowhere = prelab("lab", "nowhere", "--no-browser")
  expect(await nowhere.exit).toBe(2)
  expect(nowhere.said.stderr).toBe(`prelab: folder not found: ${join(folder, "nowhere")}\n`)
})

test("a server that is not there is refused in words", async () => {
  const notebook = join(folder, "none.ipynb")
  writeFileSync(notebook, JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }))
  const [port] = await freePorts(1)
  const run = prelab("run", notebook, "--server", `http://127.0.0.1:${port}`, "--token", "t")
  expect(await run.exit).toBe(2)
  expect(run.said.stderr).toBe(`prelab: server does not answer: http://127.0.0.1:${port}\n`)
})
