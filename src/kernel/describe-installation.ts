import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join, sep } from "node:path"
import { compilerVersion } from "./compiler-version.js"
import { jupyterDataDir, kernelSearchPath } from "./data-dirs.js"
import { isOurs, type KernelSpec, readSpec } from "./kernel-spec.js"
import { findPython } from "./python.js"

export interface FoundSpec {
  name: string
  folder: string
  /** The version that wrote it. */
  version: string | undefined
  argv: string[]
  /** What keeps it from working, in words; empty if nothing does. */
  problems: string[]
  /** The command that mends it. */
  mend: string
}

export type Found<T = { version: string }> = T | { error: string }

export interface InstallationReport {
  node: Found<{ version: string; path: string }>
  /** Undefined with the reason where its native part does not load. */
  zeromq: Found<{ version: string; libzmq: string }>
  /** The compiler of the cells. */
  typescript: Found
  /** The faster checker of cells, which works only where npm has installed its native part. */
  typescript7: Found
  /** Only JupyterLab and `--sys-prefix` need one. */
  python: Found<{ version: string; program: string; prefix: string }>
  searched: string[]
  /** Our kernelspecs, in the order in which Jupyter finds them. */
  specs: FoundSpec[]
}

/** The oldest Node that runs the kernel, as package.json says. */
const oldestNode = [20, 19] as const

/** What `doctor` has to say about the kernel: its parts, and where it is installed. Never throws. */
export function describeInstallation(): InstallationReport {
  const require = createRequire(import.meta.url)
  const python = findPython()
  const searched = kernelSearchPath({
    env: process.env,
    platform: process.platform,
    prefix: python?.prefix,
  })
  return {
    node: nodeProblem(process.version) ?? { version: process.version, path: process.execPath },
    zeromq: attempt(() => {
      const { version } = require("zeromq/package.json")
      return { version, libzmq: require("zeromq").version }
    }),
    typescript: attempt(() => ({ version: compilerVersion() })),
    typescript7: attempt(() => ({ version: require("typescript7/package.json").version })),
    python: python
      ? { version: python.version, program: python.program, prefix: python.prefix }
      : { error: "not found on the PATH" },
    searched,
    specs: specsIn(searched),
  }
}

function specsIn(searched: string[]): FoundSpec[] {
  const first = new Map<string, string>()
  return searched.flatMap((kernels) =>
    namesIn(kernels).flatMap((name) => {
      const folder = join(kernels, name)
      const spec = readSpec(folder)
      if (!spec) return []
      const before = first.get(name.toLowerCase())
      first.set(name.toLowerCase(), before ?? folder)
      if (!isOurs(spec)) return []
      const hidden = before === undefined ? [] : [`hidden by ${before}`]
      const problems = [...brokenParts(spec.argv ?? []), ...hidden]
      return [{ name, folder, version: versionOf(spec), argv: spec.argv ?? [], problems, mend: mend(folder) }]
    }),
  )
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // most places of the search path do not exist
  }
}

function versionOf({ metadata }: Partial<KernelSpec>): string | undefined {
  const { version } = (metadata?.prelab ?? {}) as { version?: string }
  return version
}

/** The program and the script of a spec outlive neither an upgrade nor a removal of the versioned folder they are in. */
function brokenParts(argv: string[]): string[] {
  const missing = argv.slice(0, 2).filter((file) => !existsSync(file))
  if (missing.length > 0) return missing.map((file) => `not found: ${file}`)
  const [node] = argv
  if (node === undefined) return ["no command"]
  if (realpathSync(node) === realpathSync(process.execPath)) return []
  const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" })
  if (status !== 0) return [`does not start: ${node}`]
  const problem = nodeProblem(stdout.trim())
  return problem ? [`${problem.error}: ${node}`] : []
}

function nodeProblem(version: string): { error: string } | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number)
  const [oldMajor, oldMinor] = oldestNode
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined
  return { error: `Node ${version} is older than ${oldestNode.join(".")}` }
}

/** The command that writes the spec of this folder again. */
function mend(folder: string): string {
  const [name, kernels] = [basename(folder), dirname(folder)]
  const named = name === "prelab" ? "" : ` --name ${name}`
  if (kernels === join(jupyterDataDir(), "kernels")) return `prelab install --user${named}`
  const below = `${sep}share${sep}jupyter${sep}kernels`
  if (kernels.endsWith(below))
    return `prelab install --prefix ${quoted(kernels.slice(0, -below.length))}${named}`
  return `JUPYTER_DATA_DIR=${quoted(dirname(kernels))} prelab install${named}`
}

/** A path as a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : JSON.stringify(path)
}

function attempt<T>(look: () => T): Found<T> {
  try {
    return look()
  } catch (error) {
    return { error: error instanceof Error ? error.message.split("\n")[0]! : String(error) }
  }
}
