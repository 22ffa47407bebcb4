import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { PrelabError } from "../error.js"
import { compilerVersion } from "./compiler-version.js"
import { jupyterDataDir, kernelSearchPath, prefixDataDir, pythonPrefix } from "./data-dirs.js"
import { isOurs, type KernelSpec, kernelSpec, readSpec, type SpecOptions } from "./kernel-spec.js"
import { logoPng, logoSvg } from "./logo.js"

/** For this user, for the Python environment on the PATH, or below a folder. */
export type InstallScope = "user" | "sys-prefix" | { prefix: string }

export interface PlaceOptions {
  scope?: InstallScope
  /** The kernelspec's name, by which front ends and notebooks know it. */
  name?: string
  /** Also replaces or removes a spec that another program has written. */
  force?: boolean
}

export type InstallOptions = PlaceOptions & SpecOptions

export interface Installed {
  name: string
  folder: string
  spec: KernelSpec
}

/** Writes the kernelspec; no Python is needed except for "sys-prefix". Throws a PrelabError that says why not. */
export function installKernel(options: InstallOptions = {}): Installed {
  const { name, folder } = placeOf(options)
  if (existsSync(join(folder, "kernel.json")) && !isOurs(readSpec(folder)) && !options.force)
    throw new PrelabError("kernelspec of another program", folder, { hint: "use --force or another --name" })
  const spec = kernelSpec(options)
  const script = spec.argv[1]!
  if (!existsSync(script)) throw new PrelabError("kernel script not found", script, { hint: "build first" })
  try {
    mkdirSync(folder, { recursive: true })
    write(folder, "logo-svg.svg", logoSvg())
    for (const size of [32, 64]) write(folder, `logo-${size}x${size}.png`, logoPng(size))
    // Last, as it makes the folder a kernelspec.
    write(folder, "kernel.json", `${JSON.stringify(spec, null, 2)}\n`)
  } catch (cause) {
    throw new PrelabError("kernelspec not writable", folder, { cause })
  }
  return { name, folder, spec }
}

/** Removes the kernelspec; gives its folder. */
export function uninstallKernel(options: PlaceOptions = {}): string {
  const { folder } = placeOf(options)
  const spec = readSpec(folder)
  if (!existsSync(folder)) throw new PrelabError("kernelspec not installed", folder)
  if (!isOurs(spec) && !options.force)
    throw new PrelabError("kernelspec of another program", folder, { hint: "use --force" })
  rmSync(folder, { recursive: true })
  return folder
}

export interface FoundSpec {
  name: string
  folder: string
  argv: string[]
  /** What keeps it from working, in words; empty if nothing does. */
  problems: string[]
}

export interface InstallationReport {
  node: { version: string; path: string }
  /** Undefined with the reason where its native part does not load. */
  zeromq: { version: string; libzmq: string } | { error: string }
  /** The compiler of the cells. */
  typescript: { version: string; tslab: string } | { error: string }
  searched: string[]
  /** Our kernelspecs, in the order in which Jupyter finds them. */
  specs: FoundSpec[]
}

/** What `doctor` has to say about the kernel: its parts, and where it is installed. Never throws. */
export function describeInstallation(): InstallationReport {
  const require = createRequire(import.meta.url)
  const searched = kernelSearchPath()
  return {
    node: { version: process.version, path: process.execPath },
    zeromq: attempt(() => {
      const { version } = require("zeromq/package.json")
      return { version, libzmq: require("zeromq").version }
    }),
    typescript: attempt(() => {
      return { version: compilerVersion(), tslab: require("tslab/package.json").version }
    }),
    searched,
    specs: searched.flatMap(specsIn),
  }
}

function specsIn(folder: string): FoundSpec[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const spec = readSpec(join(folder, name))
    if (!spec || !isOurs(spec)) return []
    const argv = spec.argv ?? []
    const missing = argv.slice(0, 2).filter((file) => !existsSync(file))
    return [{ name, folder: join(folder, name), argv, problems: missing.map((file) => `not found: ${file}`) }]
  })
}

function attempt<T>(look: () => T): T | { error: string } {
  try {
    return look()
  } catch (error) {
    return { error: error instanceof Error ? error.message.split("\n")[0]! : String(error) }
  }
}

function placeOf({ scope = "user", name = "prelab" }: PlaceOptions): { name: string; folder: string } {
  // Jupyter ignores folders with other names.
  if (!/^[a-z0-9._-]+$/i.test(name)) throw new PrelabError("invalid kernel name", name)
  const data =
    scope === "user"
      ? jupyterDataDir()
      : prefixDataDir(scope === "sys-prefix" ? pythonPrefix() : scope.prefix)
  return { name, folder: join(data, "kernels", name) }
}

/** A file is there whole or not at all, also for a server that reads at this moment. */
function write(folder: string, name: string, data: string | Buffer): void {
  const temporary = join(folder, `.${name}.${process.pid}`)
  writeFileSync(temporary, data)
  renameSync(temporary, join(folder, name))
}
