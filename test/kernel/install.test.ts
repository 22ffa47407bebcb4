import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { isAbsolute, join } from "node:path"
import { inflateSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { historyFile, jupyterDataDir, kernelSearchPath } from "../../src/kernel/data-dirs.js"
import { describeInstallation, installKernel, uninstallKernel } from "../../src/kernel/install.js"
import { kernelSpec, stableNode } from "../../src/kernel/kernel-spec.js"
import { logoPng } from "../../src/kernel/logo.js"

let folder: string
let cli: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-install-"))
  cli = join(folder, "cli.js")
  writeFileSync(cli, "")
  vi.stubEnv("JUPYTER_DATA_DIR", join(folder, "data"))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe("installing", () => {
  it("writes a kernelspec with absolute paths for this user", () => {
    const { folder: where, spec } = installKernel({ cli, version: "1.2.3" })
    expect(where).toBe(join(folder, "data", "kernels", "prelab"))
    const written = JSON.parse(readFileSync(join(where, "kernel.json"), "utf8"))
    expect(written).toEqual(spec)
    expect(written).toMatchObject({
      argv: [expect.any(String), cli, "kernel", "{connection_file}"],
      display_name: "TypeScript (prelab)",
      language: "typescript",
      interrupt_mode: "message",
    })
    expect(isAbsolute(written.argv[0])).toBe(true)
    expect(readdirSync(where).sort()).toEqual([
      "kernel.json",
      "logo-32x32.png",
      "logo-64x64.png",
      "logo-svg.svg",
    ])
  })

  it("writes below a prefix, under any valid name, again and again", () => {
    const options = { scope: { prefix: join(folder, "env") }, name: "lab.2", cli }
    installKernel(options)
    expect(installKernel(options).folder).toBe(join(folder, "env", "share", "jupyter", "kernels", "lab.2"))
    expect(() => installKernel({ cli, name: "a b" })).toThrow("invalid kernel name: a b")
  })

  it("keeps another program's kernelspec unless forced", () => {
    const theirs = join(folder, "data", "kernels", "prelab")
    mkdirSync(theirs, { recursive: true })
    writeFileSync(join(theirs, "kernel.json"), '{"argv":["other"]}')
    expect(() => installKernel({ cli })).toThrow(`kernelspec of another program: ${theirs}`)
    expect(() => uninstallKernel()).toThrow("kernelspec of another program")
    expect(readFileSync(join(theirs, "kernel.json"), "utf8")).toBe('{"argv":["other"]}')
    expect(installKernel({ cli, force: true }).spec.argv[1]).toBe(cli)
  })

  it("refuses a script that is not there, and a folder that cannot be written", () => {
    expect(() => installKernel({ cli: join(folder, "none.js") })).toThrow("kernel script not found")
    vi.stubEnv("JUPYTER_DATA_DIR", cli)
    expect(() => installKernel({ cli })).toThrow("kernelspec not writable")
  })

  it("is undone by uninstalling", () => {
    const { folder: where } = installKernel({ cli })
    expect(uninstallKernel()).toBe(where)
    expect(() => uninstallKernel()).toThrow(`kernelspec not installed: ${where}`)
  })

  it("is described with what is missing", () => {
    installKernel({ cli, name: "mine" })
    const found = () => describeInstallation().specs.filter((spec) => spec.name === "mine")
    expect(found()).toMatchObject([
      { argv: [expect.any(String), cli, "kernel", "{connection_file}"], problems: [] },
    ])
    rmSync(cli)
    expect(found()[0]!.problems).toEqual([`not found: ${cli}`])
    writeFileSync(cli, "")
    const { node, zeromq, typescript } = describeInstallation()
    expect(node.version).toBe(process.version)
    expect(zeromq).toMatchObject({ version: expect.stringMatching(/^6\./), libzmq: expect.any(String) })
    expect(typescript).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/) })
  })
})

describe("the path of Node", () => {
  it("is a link on the PATH where that leads to the running one", () => {
    const bin = join(folder, "bin")
    mkdirSync(bin)
    const link = join(bin, "node")
    symlinkSync(realpathSync(process.execPath), link)
    expect(stableNode(process.execPath, `${folder}:${bin}`)).toBe(link)
    expect(stableNode(process.execPath, folder)).toBe(process.execPath)
    expect(kernelSpec({ cli }).argv[0]).toBe(stableNode())
  })
})

describe("Jupyter's folders", () => {
  it("follow the rules of each system", () => {
    const dir = (platform: string, env: NodeJS.ProcessEnv) => jupyterDataDir({ platform, env })
    expect(dir("linux", { HOME: "/h" })).toBe("/h/.local/share/jupyter")
    expect(dir("linux", { HOME: "/h", XDG_DATA_HOME: "/x" })).toBe("/x/jupyter")
    expect(dir("darwin", { HOME: "/h" })).toBe("/h/Library/Jupyter")
    expect(dir("win32", { APPDATA: "/roaming" })).toBe("/roaming/jupyter")
    expect(dir("linux", { HOME: "/h", JUPYTER_DATA_DIR: "/j" })).toBe("/j")
    expect(historyFile({ platform: "linux", env: { HOME: "/h" } })).toBe(
      "/h/.local/share/jupyter/prelab/history.jsonl",
    )
  })

  it("are searched in Jupyter's order", () => {
    const env = { HOME: "/h", JUPYTER_PATH: "/p", VIRTUAL_ENV: "/venv" }
    expect(kernelSearchPath({ platform: "linux", env })).toEqual([
      "/p/kernels",
      "/h/.local/share/jupyter/kernels",
      "/venv/share/jupyter/kernels",
      "/usr/local/share/jupyter/kernels",
      "/usr/share/jupyter/kernels",
    ])
  })
})

describe("the logo", () => {
  it("is a PNG whose corner is clear and whose middle is white", () => {
    const png = logoPng(32)
    expect(png.subarray(1, 4).toString()).toBe("PNG")
    expect(png.readUInt32BE(16)).toBe(32)
    const length = png.readUInt32BE(33)
    const rows = inflateSync(png.subarray(41, 41 + length))
    const pixel = (x: number, y: number) => [...rows.subarray(y * 129 + 1 + 4 * x, y * 129 + 5 + 4 * x)]
    expect(pixel(0, 0)[3]).toBe(0)
    expect(pixel(16, 21)).toEqual([255, 255, 255, 255])
    expect(pixel(4, 4)).toEqual([0x31, 0x78, 0xc6, 255])
  })
})
