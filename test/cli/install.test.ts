import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { prelab, prelabJson } from "./prelab.js"

let folder: string
let kernels: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-cli-install-"))
  kernels = join(folder, "share", "jupyter", "kernels")
  vi.stubEnv("JUPYTER_DATA_DIR", join(folder, "data"))
  vi.stubEnv("JUPYTER_PATH", join(folder, "share", "jupyter"))
  vi.stubEnv("HOME", folder)
  // A Node by a name that lasts, whatever folder this one is in.
  mkdirSync(join(folder, "bin"))
  symlinkSync(realpathSync(process.execPath), join(folder, "bin", "node"))
  vi.stubEnv("PATH", `${join(folder, "bin")}${delimiter}${process.env.PATH}`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const specOf = (name: string) => JSON.parse(readFileSync(join(kernels, name, "kernel.json"), "utf8"))

test("install says where it wrote, uninstall what it removed", () => {
  const where = join(kernels, "prelab")
  expect(prelab("install", "--prefix", folder)).toMatchObject({
    status: 0,
    stdout: `kernel prelab installed in ${where}\n`,
    stderr: "",
  })
  expect(specOf("prelab").argv).toEqual([
    ...[join(folder, "bin", "node"), expect.stringMatching(/dist\/cli\.js$/)],
    ...["kernel", "{connection_file}"],
  ])
  expect(prelab("uninstall", "--prefix", folder).stdout).toBe(`removed ${where}\n`)
  expect(existsSync(where)).toBe(false)
})

test("install takes a name and a title, and says the spec it wrote", () => {
  const args = ["--prefix", folder, "--name", "nets", "--display-name", "Nets in TypeScript"]
  const { name, folder: where, spec, warnings } = prelabJson("install", ...args)
  expect([name, where, warnings]).toEqual(["nets", join(kernels, "nets"), []])
  expect(spec).toEqual(specOf("nets"))
  expect(specOf("nets").display_name).toBe("Nets in TypeScript")
})

test("install --gateway writes what Enterprise Gateway fills in; other addresses only with --bind", () => {
  prelabJson("install", "--prefix", folder, "--gateway")
  const { argv, metadata } = specOf("prelab")
  expect(argv.slice(2)).toEqual([
    "kernel-launcher",
    ...["--RemoteProcessProxy.kernel-id", "{kernel_id}"],
    ...["--RemoteProcessProxy.response-address", "{response_address}"],
    ...["--RemoteProcessProxy.public-key", "{public_key}"],
    ...["--RemoteProcessProxy.port-range", "{port_range}"],
  ])
  expect(metadata.process_proxy.class_name).toMatch(/^enterprise_gateway\..*DistributedProcessProxy$/)
  prelabJson("install", "--prefix", folder, "--gateway", "--bind", "0.0.0.0")
  expect(specOf("prelab").argv.slice(-2)).toEqual(["--bind", "0.0.0.0"])
})

test("what makes no sense together is refused", () => {
  const refusal = (...args: string[]) => {
    const { status, stderr } = prelab("install", ...args)
    expect(status).toBe(2)
    return stderr
  }
  expect(refusal("--user", "--prefix", folder)).toBe("prelab: one place at a time: --user --prefix\n")
  expect(refusal("--bind", "0.0.0.0")).toBe("prelab: address without a gateway: 0.0.0.0; add --gateway\n")
  expect(refusal("--papermill", "--name", "x")).toBe("prelab: --papermill goes without: --name\n")
  expect(refusal("--papermill", "--python", join(folder, "none"))).toBe(
    `prelab: no Python there: ${join(folder, "none")}\n`,
  )
})

interface Doctor {
  readonly works: boolean
  readonly steps: readonly { what: string; found: string; next: string }[]
  readonly specs: readonly { name: string; problems: string[] }[]
  readonly gpu: readonly { backend: string }[]
}

const doctor = () => {
  const { status, stdout } = prelab("doctor", "--json")
  return { status, report: JSON.parse(stdout) as Doctor }
}

test("doctor finds the kernel working, and says that Jupyter does not know it yet", () => {
  const { status, report } = doctor()
  expect(status).toBe(0)
  expect(report).toMatchObject({
    works: true,
    node: { version: process.version },
    zeromq: { version: expect.any(String) },
    typescript: { version: expect.any(String) },
    typescript7: { version: expect.any(String) },
    python: expect.any(Object),
    onnxruntime: expect.any(Object),
    jupyter: { lab: { version: expect.stringMatching(/^4\./) }, extensions: { anywidget: {} } },
    specs: [],
  })
  expect(report.gpu.map(({ backend }) => backend)).toContain("cpu")
  expect(report.steps).toContainEqual(expect.objectContaining({ what: "kernelspec", next: "prelab install" }))
})

test("doctor ends with status 1 where every kernelspec is broken, and with the command for each", () => {
  prelabJson("install", "--prefix", folder, "--name", "old")
  const file = join(kernels, "old", "kernel.json")
  const vanished = { ...specOf("old"), argv: ["/versions/v20.1.0/bin/node", "/cli.js", "kernel"] }
  writeFileSync(file, JSON.stringify(vanished))
  const { status, stdout } = prelab("doctor")
  expect(status).toBe(1)
  expect(stdout).toContain("not found: /versions/v20.1.0/bin/node; not found: /cli.js")
  expect(stdout).toContain("The kernel cannot work. Next steps:\n")
  expect(stdout).toContain(`kernelspec old: prelab install --prefix ${folder} --name old\n`)
  prelabJson("install", "--prefix", folder)
  const { status: better, report } = doctor()
  expect([better, report.works]).toEqual([0, true])
  expect(report.specs.map(({ problems }) => problems.length).sort()).toEqual([0, 2])
})
