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
import { dirname, isAbsolute, join } from "node:path"
import { inflateSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { describeInstallation } from "../../src/kernel/describe-installation.js"
import { installKernel, uninstallKernel } from "../../src/kernel/install.js"
import { kernelSpec } from "../../src/kernel/kernel-spec.js"
import { logoPng } from "../../src/kernel/logo.js"
import { stableNode, stableScript, whyFleeting } from "../../src/kernel/stable-paths.js"

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

  it("upgrades its own kernelspec in place and leaves no other file", () => {
    installKernel({ cli, version: "1.0.0" })
    const { folder: where } = installKernel({ cli, version: "2.0.0" })
    const written = JSON.parse(readFileSync(join(where, "kernel.json"), "utf8"))
    expect(written.metadata.prelab).toEqual({ version: "2.0.0" })
    expect(readdirSync(where)).toHaveLength(4)
  })

  it("stands side by side under two names, which a reader can tell apart", () => {
    const one = installKernel({ cli })
    const other = installKernel({ cli, name: "prelab-next", version: "9.0.0" })
    const named = installKernel({ cli, name: "third", displayName: "Nets" })
    expect([one, other, named].map(({ spec }) => spec.display_name)).toEqual([
      "TypeScript (prelab)",
      "TypeScript (prelab-next)",
      "Nets",
    ])
    expect(describeInstallation().specs.map(({ name, version }) => [name, version])).toEqual(
      expect.arrayContaining([
        ["prelab", "0.0.0"],
        ["prelab-next", "9.0.0"],
      ]),
    )
  })

  it("declares what the kernel can: interrupts by message, the debugger, encryption where libzmq has it", () => {
    expect(kernelSpec({ cli, curve: true })).toMatchObject({
      interrupt_mode: "message",
      kernel_protocol_version: "5.5",
      metadata: { debugger: true, supported_encryption: ["curve"] },
    })
    expect(kernelSpec({ cli }).metadata).not.toHaveProperty("supported_encryption")
  })

  it("goes into the environment of a Python that is named, and needs none otherwise", () => {
    vi.stubEnv("PATH", join(folder, "nothing"))
    expect(() => installKernel({ cli, scope: "sys-prefix" })).toThrow(
      "no Python on the PATH: --sys-prefix; name one with --python PATH",
    )
    expect(() => installKernel({ cli, scope: "sys-prefix", python: cli })).toThrow(`no Python there: ${cli}`)
    installKernel({ cli })
    const python = fakePython({ prefix: join(folder, "env") })
    expect(installKernel({ cli, scope: "sys-prefix", python }).folder).toBe(
      join(folder, "env", "share", "jupyter", "kernels", "prelab"),
    )
    vi.stubEnv("PATH", dirname(python))
    expect(installKernel({ cli, scope: "sys-prefix" }).folder).toContain(join(folder, "env"))
  })
})

/** A program that answers as Python would. */
function fakePython(answer: { prefix: string; packages?: string }): string {
  const program = join(folder, "fake", "python3")
  mkdirSync(dirname(program), { recursive: true })
  const text = JSON.stringify({ program, version: "3.12.0", packages: folder, ...answer })
  writeFileSync(program, `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 })
  return program
}

describe("the description of an installation", () => {
  const found = (name: string) => describeInstallation().specs.filter((spec) => spec.name === name)

  it("names what is missing of a kernelspec and the command that mends it", () => {
    installKernel({ cli, name: "mine", version: "1.2.3" })
    expect(found("mine")).toMatchObject([
      { argv: [expect.any(String), cli, "kernel", "{connection_file}"], version: "1.2.3", problems: [] },
    ])
    rmSync(cli)
    expect(found("mine")).toMatchObject([
      { problems: [`not found: ${cli}`], mend: "prelab install --user --name mine" },
    ])
  })

  it("finds kernelspecs of prefixes and of listed folders, each with its own command", () => {
    const prefix = join(folder, "env")
    installKernel({ cli, scope: { prefix } })
    vi.stubEnv("JUPYTER_PATH", join(prefix, "share", "jupyter"))
    expect(found("prelab")).toMatchObject([{ problems: [], mend: `prelab install --prefix ${prefix}` }])
    vi.stubEnv("JUPYTER_DATA_DIR", join(folder, "listed"))
    installKernel({ cli })
    vi.stubEnv("JUPYTER_DATA_DIR", join(folder, "data"))
    vi.stubEnv("JUPYTER_PATH", join(folder, "listed"))
    expect(found("prelab")[0]!.mend).toBe(`JUPYTER_DATA_DIR=${join(folder, "listed")} prelab install`)
  })

  it("says when another kernelspec of the same name is found first", () => {
    installKernel({ cli })
    const first = join(folder, "first")
    mkdirSync(join(first, "kernels", "Prelab"), { recursive: true })
    writeFileSync(join(first, "kernels", "Prelab", "kernel.json"), '{"argv":["other"]}')
    vi.stubEnv("JUPYTER_PATH", first)
    expect(found("prelab")[0]!.problems).toEqual([`hidden by ${join(first, "kernels", "Prelab")}`])
  })

  it("knows when a kernelspec starts a Node that is too old", () => {
    const { folder: where, spec } = installKernel({ cli })
    const node = join(folder, "node")
    writeFileSync(node, "#!/bin/sh\necho v18.20.0\n", { mode: 0o755 })
    const changed = { ...spec, argv: [node, ...spec.argv.slice(1)] }
    writeFileSync(join(where, "kernel.json"), JSON.stringify(changed))
    expect(found("prelab")[0]!.problems).toEqual([`Node v18.20.0 is older than 20.19: ${node}`])
  })

  it("names the parts of the kernel with their versions", () => {
    const { node, zeromq, typescript, typescript7 } = describeInstallation()
    expect(node).toEqual({ version: process.version, path: process.execPath })
    expect(zeromq).toMatchObject({ version: expect.stringMatching(/^6\./), libzmq: expect.any(String) })
    expect(typescript).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/) })
    expect(typescript7).toMatchObject({ version: expect.stringMatching(/^7\./) })
  })

  it("finds the Python on the PATH, or none", () => {
    vi.stubEnv("PATH", dirname(fakePython({ prefix: "/env" })))
    expect(describeInstallation().python).toMatchObject({ version: "3.12.0", prefix: "/env" })
    vi.stubEnv("PATH", folder)
    expect(describeInstallation().python).toEqual({ error: "not found on the PATH" })
  })
})

describe("the path of Node", () => {
  /** A link of that name to the running Node. */
  const linkTo = (...parts: string[]) => {
    const link = join(folder, ...parts)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(realpathSync(process.execPath), link)
    return link
  }

  it("is a link on the PATH where that leads to the running one", () => {
    const link = linkTo("bin", "node")
    expect(stableNode(process.execPath, { PATH: `${folder}:${dirname(link)}` })).toBe(link)
    expect(kernelSpec({ cli }).argv[0]).toBe(stableNode())
  })

  it("stays what it is where nothing else leads there", () => {
    expect(stableNode(process.execPath, { PATH: folder })).toBe(process.execPath)
  })

  it("is the one that no upgrade removes, wherever it stands on the PATH", () => {
    const versioned = linkTo("versions", "v20.1.0", "bin", "node")
    const shell = linkTo("fnm_multishells", "12_34", "bin", "node")
    const PATH = `${dirname(shell)}:${dirname(versioned)}`
    expect(stableNode(versioned, { PATH: dirname(shell) })).toBe(versioned)
    const current = linkTo("nvm", "current", "bin", "node")
    expect(stableNode(versioned, { PATH, NVM_DIR: join(folder, "nvm") })).toBe(current)
    const fnm = linkTo("fnm", "aliases", "default", "bin", "node")
    expect(stableNode(shell, { PATH, FNM_DIR: join(folder, "fnm") })).toBe(fnm)
  })
})

describe("the path of the command", () => {
  it("is the link that started it where its own folder has a version in its name", () => {
    const script = join(folder, ".pnpm", "prelab@0.1.0", "cli.js")
    mkdirSync(dirname(script), { recursive: true })
    writeFileSync(script, "")
    const link = join(folder, "prelab")
    symlinkSync(script, link)
    expect(stableScript(script, link)).toBe(link)
    expect(stableScript(cli, link)).toBe(cli)
  })

  it("is warned of where it will not last", () => {
    const cached = join(folder, "_npx", "abc", "cli.js")
    mkdirSync(dirname(cached), { recursive: true })
    writeFileSync(cached, "")
    expect(whyFleeting(cached)).toBe("npx clears this folder")
    expect(installKernel({ cli: cached }).warnings).toEqual(
      expect.arrayContaining([`kernel command will not last: ${cached}; npx clears this folder`]),
    )
    expect(whyFleeting("/usr/lib/node_modules/prelab/dist/cli.js")).toBeUndefined()
    expect(whyFleeting("/opt/homebrew/opt/node@20/bin/node")).toBeUndefined()
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
