import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { kernelSearchPath } from "../kernel/data-dirs.js"
import { findPython } from "../kernel/python.js"
import type { Notebook } from "./notebook.js"

/** How to start a kernel; `{connection_file}` stands for the connection file's path. */
export interface KernelCommand {
  argv: string[]
  env: Record<string, string>
  interruptMode: "signal" | "message"
}

/** Name of our own kernel, and of the folder of its kernel.json. */
export const ownName = "prelab"

/** The kernel that a notebook names in its metadata; without one, a notebook in TypeScript (or none at all) is ours. */
export function kernelNameOf({ metadata }: Notebook): string {
  const spec = metadata.kernelspec as { name?: string; language?: string } | undefined
  const language = (metadata.language_info as { name?: string } | undefined)?.name ?? spec?.language
  if (spec?.name) return spec.name
  if (language === undefined || language === "typescript") return ownName
  throw new PrelabError("notebook names no kernel", language)
}

/** The command of a kernel. Ours is this package itself, installed or not; others are looked up as Jupyter does. */
export function kernelCommand(name: string): KernelCommand {
  if (name === ownName) {
    const cli = fileURLToPath(new URL("../cli.js", import.meta.url))
    return { argv: [process.execPath, cli, "kernel", "{connection_file}"], env: {}, interruptMode: "message" }
  }
  const folder = folderOf(name, kernelSearchPath()) ?? folderOf(name, searchPathOfPython())
  if (folder === undefined) throw new PrelabError("kernel not installed", name)
  return readSpec(folder)
}

function folderOf(name: string, places: string[]): string | undefined {
  return places.map((place) => join(place, name)).find((place) => existsSync(join(place, "kernel.json")))
}

/** Kernels in Python come with a Python, whose prefix only it can tell; that takes a moment. */
function searchPathOfPython(): string[] {
  return kernelSearchPath({ env: process.env, platform: process.platform, prefix: findPython()?.prefix })
}

function readSpec(folder: string): KernelCommand {
  const file = join(folder, "kernel.json")
  try {
    const { argv, env = {}, interrupt_mode = "signal" } = JSON.parse(readFileSync(file, "utf8"))
    return {
      argv: argv.map((arg: string) => arg.replaceAll("{resource_dir}", folder)),
      env: Object.fromEntries(Object.entries<string>(env).map(([key, value]) => [key, filledIn(value)])),
      interruptMode: interrupt_mode,
    }
  } catch (cause) {
    throw new PrelabError("kernel.json not usable", file, { cause })
  }
}

/** `${NAME}` stands for a variable of the environment; one that is not there stays as it is written. */
function filledIn(value: string): string {
  return value.replace(/\$\{(\w+)\}/g, (written, name) => process.env[name] ?? written)
}
