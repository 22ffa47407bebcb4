import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { installKernel, uninstallKernel } from "../../src/kernel/install.js"
import { environment } from "../../src/setup/environment.mjs"
import { binary } from "../../src/setup/paths.mjs"

// The programs that start kernels, as they are in .venv: jupyter_client's manager, nbclient, nbconvert.

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
const python = binary(environment, "python")
const name = "prelab-launchers"

let folder: string
let env: NodeJS.ProcessEnv
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-launchers-"))
  installKernel({ scope: { prefix: folder }, name, cli })
  env = {
    ...process.env,
    JUPYTER_PATH: join(folder, "share", "jupyter"),
    JUPYTER_DATA_DIR: join(folder, "data"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_PLATFORM_DIRS: "0",
    PYTHONDONTWRITEBYTECODE: "1",
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a Python program prints as JSON, line by line. */
function run(program: string): Record<string, unknown>[] {
  const { status, stdout, stderr } = spawnSync(python, ["-c", program], {
    encoding: "utf8",
    env,
    cwd: folder,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
}

const start = `
import json, os, queue, signal, sys, time
from jupyter_client.manager import KernelManager
km = KernelManager(kernel_name=${JSON.stringify(name)})
km.start_kernel()
kc = km.client()
kc.start_channels()
kc.wait_for_ready(timeout=60)

def run(code, **more):
    outputs = []
    reply = kc.execute_interactive(code, timeout=60, output_hook=lambda m: outputs.append((m["msg_type"], m["content"])), **more)
    return reply["content"], outputs
`

describe("jupyter_client", () => {
  it("starts the kernel by its kernelspec, runs cells, and the kernel ends by itself", () => {
    const [spec, info, cell, end] = run(`${start}
print(json.dumps(km.kernel_spec.to_dict()))
info = kc.kernel_info(reply=True, timeout=30)["content"]
print(json.dumps(info["language_info"]))
reply, outputs = run("const answer: number = 6 * 7; answer")
print(json.dumps({"status": reply["status"], "types": [t for t, _ in outputs]}))
process = km.provisioner.process
kc.shutdown(reply=True, timeout=30)
print(json.dumps({"code": process.wait(timeout=30)}))
km.cleanup_resources()
`)
    expect(spec).toMatchObject({ language: "typescript", interrupt_mode: "message" })
    expect(info).toMatchObject({ name: "typescript", file_extension: ".ts" })
    expect(cell).toMatchObject({ status: "ok", types: expect.arrayContaining(["execute_result"]) })
    expect(end).toEqual({ code: 0 })
  })

  it("survives a SIGINT to its process group, idle and busy, with its state", () => {
    const [idle, busy, after] = run(`${start}
run("let kept = 5")
os.killpg(os.getpgid(km.provisioner.pid), signal.SIGINT)
# On a busy machine the signal may come only now, and end a cell.
run("'whichever way'")
print(json.dumps(run("kept")[0]))
id = kc.execute("console.log('begun'); for (;;) {}")
while kc.get_iopub_msg(timeout=30)["msg_type"] != "stream": pass
os.killpg(os.getpgid(km.provisioner.pid), signal.SIGINT)
km.interrupt_kernel()
while True:
    reply = kc.get_shell_msg(timeout=30)
    if reply["parent_header"]["msg_id"] == id: break
print(json.dumps(reply["content"]))
print(json.dumps(run("kept")[0]))
km.shutdown_kernel()
`)
    expect(idle).toMatchObject({ status: "ok" })
    expect(busy).toMatchObject({ status: "error" })
    expect(after).toMatchObject({ status: "ok" })
  })

  it("restarts the kernel with nothing of its old state", () => {
    const [first, second] = run(`${start}
run("const here = 1")
old = km.provisioner.pid
kc.stop_channels()
km.restart_kernel()
kc = km.client(); kc.start_channels(); kc.wait_for_ready(timeout=60)
print(json.dumps({"another": km.provisioner.pid != old}))
print(json.dumps(run("typeof here")[0]))
km.shutdown_kernel()
`)
    expect(first).toEqual({ another: true })
    expect(second!.status).toBe("error")
  })

  it("finds the kernel ready while its library still loads", () => {
    const script = join(folder, "loading.mjs")
    const room = new URL("../../dist/kernel/index.js", import.meta.url).href
    writeFileSync(
      script,
      `import { startKernel } from ${JSON.stringify(room)}
       const namespace = new Promise(() => {})
       await startKernel({ connectionFile: process.argv[3], helpers: { module: "x", namespace, packageRoot: "/" } })`,
    )
    installKernel({ scope: { prefix: folder }, name: "prelab-loading", cli: script })
    const loading = start.replace(JSON.stringify(name), JSON.stringify("prelab-loading"))
    expect(
      run(`${loading}\nprint(json.dumps({"alive": km.is_alive()}))\nkm.shutdown_kernel(now=True)`),
    ).toEqual([{ alive: true }])
  })

  it("leaves no kernel behind when it is killed", async () => {
    const program = `${start}\nprint(km.provisioner.pid, flush=True)\ntime.sleep(600)\n`
    const server = spawn(python, ["-c", program], { env, stdio: ["ignore", "pipe", "inherit"] })
    const kernel = await new Promise<number>((resolve) =>
      server.stdout.once("data", (text) => resolve(Number(String(text)))),
    )
    expect(isAlive(kernel)).toBe(true)
    server.kill("SIGKILL")
    await expect.poll(() => isAlive(kernel), { timeout: 30_000 }).toBe(false)
  })
})

/** A process that has ended and that nobody has waited for is no life. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z")
}

describe("nbclient", () => {
  const notebook = (...cells: string[]) => ({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name, display_name: "TypeScript", language: "typescript" } },
    cells: cells.map((source, i) => ({
      ...{ cell_type: "code", id: `c${i}`, execution_count: null, metadata: {}, outputs: [], source },
    })),
  })
  const execute = (file: string) =>
    spawnSync(python, ["-m", "jupyter", "execute", "--inplace", file], { encoding: "utf8", env })

  it("runs a notebook with the library in scope and keeps its outputs", () => {
    const file = join(folder, "good.ipynb")
    writeFileSync(file, JSON.stringify(notebook("console.log(typeof loadNet)", "[1, 2].map((n) => n * 2)")))
    const { status, stderr } = execute(file)
    expect([status, stderr]).toEqual([0, expect.any(String)])
    const { cells, metadata } = JSON.parse(readFileSync(file, "utf8"))
    expect(cells[0].outputs[0]).toMatchObject({ output_type: "stream", text: ["function\n"] })
    expect(cells[1].outputs[0]).toMatchObject({ output_type: "execute_result" })
    expect(metadata.language_info).toMatchObject({ name: "typescript", file_extension: ".ts" })
  })

  it("stops at the first error with its name and value", () => {
    const file = join(folder, "bad.ipynb")
    writeFileSync(file, JSON.stringify(notebook("throw new RangeError('too far')", "console.log('never')")))
    const { status, stderr } = execute(file)
    expect(status).not.toBe(0)
    expect(stderr).toContain("RangeError: too far")
    expect(stderr).not.toContain("never")
  })

  it("nbconvert writes a notebook as a TypeScript file", () => {
    const file = join(folder, "script.ipynb")
    const metadata = { ...notebook().metadata, language_info: { name: "typescript", file_extension: ".ts" } }
    writeFileSync(file, JSON.stringify({ ...notebook("const a = 1"), metadata }))
    const args = ["-m", "jupyter", "nbconvert", "--to", "script", "--output-dir", join(folder, "out"), file]
    const { status, stderr } = spawnSync(python, args, { encoding: "utf8", env })
    expect([status, stderr]).toEqual([0, expect.any(String)])
    expect(readdirSync(join(folder, "out"))).toEqual(["script.ts"])
  })
})

it("a notebook's own prelab runs in place of the installed one", () => {
  const project = join(folder, "project")
  const root = join(project, "node_modules", "prelab")
  mkdirSync(join(root, "dist", "cli"), { recursive: true })
  writeFileSync(join(root, "package.json"), '{"version":"9.9.9","type":"module"}')
  writeFileSync(
    join(root, "dist", "cli", "run-kernel.js"),
    "export const runKernel = async (file) => console.log('9.9.9 runs', file)",
  )
  const kernel = (more: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [cli, "kernel", "connection.json"], {
      ...{ encoding: "utf8", cwd: project, env: { ...process.env, ...more } },
    })
  expect(kernel({ PRELAB_LOCAL: "1" }).stdout).toBe("9.9.9 runs connection.json\n")
  const { status, stderr } = kernel({ PRELAB_LOCAL: "0" })
  expect([status, stderr]).toEqual([2, "prelab: connection file not readable: connection.json\n"])
})

it("uninstalling takes the kernel from Jupyter's list", () => {
  const list = () =>
    spawnSync(python, ["-m", "jupyter", "kernelspec", "list", "--json"], { encoding: "utf8", env }).stdout
  expect(Object.keys(JSON.parse(list()).kernelspecs)).toContain(name)
  expect(existsSync(uninstallKernel({ scope: { prefix: folder }, name }))).toBe(false)
  expect(Object.keys(JSON.parse(list()).kernelspecs)).not.toContain(name)
})
