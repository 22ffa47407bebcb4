import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { kernelSearchPath } from "../kernel/data-dirs.js"
import type { CellLanguageName } from "../kernel/language/cell-language.js"
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

/** The language of the kernels that this package can be: by its own names, and in place of tslab's. */
const ownLanguages: ReadonlyMap<string, CellLanguageName> = new Map([
  [ownName, "typescript"],
  [`${ownName}-js`, "javascript"],
])
const standsInFor: ReadonlyMap<string, CellLanguageName> = new Map([
  ["tslab", "typescript"],
  ["jslab", "javascript"],
])

/** The command of a kernel. Ours is this package itself, installed or not; others are looked up as Jupyter does. */
export function kernelCommand(name: string): KernelCommand {
  const own = ownLanguages.get(name)
  if (own !== undefined) return ownCommand(own)
  const folder = folderOf(name, kernelSearchPath()) ?? folderOf(name, searchPathOfPython())
  if (folder !== undefined) return readSpec(folder)
  // Notebooks written for tslab run in this kernel as they are.
  const language = standsInFor.get(name)
  if (language !== undefined) return ownCommand(language)
  throw new PrelabError("kernel not installed", name)
}

function ownCommand(language: CellLanguageName): KernelCommand {
  const cli = fileURLToPath(new URL("../cli.js", import.meta.url))
  return {
    argv: [process.execPath, cli, "kernel", "{connection_file}"],
    env: language === "typescript" ? {} : { PRELAB_LANGUAGE: language },
    interruptMode: "message",
  }
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
