import { existsSync, mkdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { PrelabError } from "../error.js"
import { jupyterDataDir, prefixDataDir } from "./data-dirs.js"
import { isOurs, type KernelSpec, kernelSpec, readSpec, type SpecOptions } from "./kernel-spec.js"
import { logoPng, logoSvg } from "./logo.js"
import { requirePython } from "./python.js"
import { whyFleeting } from "./stable-paths.js"
import { writeWhole } from "./write-whole.js"

/** For this user, for a Python environment, or below a folder. */
export type InstallScope = "user" | "sys-prefix" | { prefix: string }

export interface PlaceOptions {
  scope?: InstallScope
  /** The Python of "sys-prefix"; by default the one on the PATH. */
  python?: string | undefined
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
  /** What of it will not last, in words. */
  warnings: string[]
}

/** Writes the kernelspec; no Python is needed except for "sys-prefix". Throws a PrelabError that says why not. */
export function installKernel(options: InstallOptions = {}): Installed {
  const { name, folder } = placeOf(options)
  if (existsSync(join(folder, "kernel.json")) && !isOurs(readSpec(folder)) && !options.force)
    throw new PrelabError("kernelspec of another program", folder, { hint: "use --force or another --name" })
  const language = options.language === "javascript" ? "JavaScript" : "TypeScript"
  const displayName = options.displayName ?? `${language} (${name})`
  const spec = kernelSpec({ curve: canEncrypt(), ...options, displayName })
  const script = spec.argv[1]!
  if (!existsSync(script)) throw new PrelabError("kernel script not found", script, { hint: "build first" })
  try {
    mkdirSync(folder, { recursive: true })
    writeWhole(join(folder, "logo-svg.svg"), logoSvg())
    for (const size of [32, 64]) writeWhole(join(folder, `logo-${size}x${size}.png`), logoPng(size))
    // Last, as it makes the folder a kernelspec.
    writeWhole(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`)
  } catch (cause) {
    throw new PrelabError("kernelspec not writable", folder, { cause })
  }
  const warnings = spec.argv.slice(0, 2).flatMap((file) => {
    const why = whyFleeting(file)
    return why ? [`kernel command will not last: ${file}; ${why}`] : []
  })
  return { name, folder, spec, warnings }
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

/** Whether the addon was built with CurveZMQ: Jupyter may only be promised what is there. */
function canEncrypt(): boolean {
  try {
    return createRequire(import.meta.url)("zeromq").capability.curve === true
  } catch {
    return false // the addon does not load here, and the kernel speaks ZMTP by itself
  }
}

function placeOf(options: PlaceOptions): { name: string; folder: string } {
  const { name = "prelab" } = options
  // Jupyter ignores folders with other names.
  if (!/^[a-z0-9._-]+$/i.test(name)) throw new PrelabError("invalid kernel name", name)
  return { name, folder: join(dataDirOf(options), "kernels", name) }
}

function dataDirOf({ scope = "user", python }: PlaceOptions): string {
  if (scope === "user") return jupyterDataDir()
  if (scope !== "sys-prefix") return prefixDataDir(scope.prefix)
  return prefixDataDir(requirePython("--sys-prefix", python).prefix)
}
