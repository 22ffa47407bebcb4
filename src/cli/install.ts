import { PrelabError } from "../error.js"
import { type InstallScope, installKernel, type PlaceOptions, uninstallKernel } from "../kernel/install.js"
import { installPapermill, uninstallPapermill } from "../kernel/papermill.js"
import { requirePython } from "../kernel/python.js"
import { version } from "../version.js"
import { type Arguments, namedPositionals, textFlag } from "./arguments.js"
import type { Answer, Command } from "./command.js"

const place = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  python: { type: "string" },
  name: { type: "string" },
  force: { type: "boolean" },
  papermill: { type: "boolean" },
} as const

function placeOf(args: Arguments): PlaceOptions {
  namedPositionals(args.positionals, [])
  const { flags } = args
  const given = ["user", "sys-prefix", "prefix"].filter((name) => flags[name] !== undefined)
  if (given.length > 1)
    throw new PrelabError("one place at a time", given.map((name) => `--${name}`).join(" "))
  const prefix = textFlag(args, "prefix")
  const scope: InstallScope = prefix !== undefined ? { prefix } : flags["sys-prefix"] ? "sys-prefix" : "user"
  const name = textFlag(args, "name")
  const python = textFlag(args, "python")
  return { scope, python, ...(name === undefined ? {} : { name }), force: flags.force === true }
}

/** `--papermill` is about a Python environment alone; the kernel stays as it is. */
function refuseTogether(args: Arguments): void {
  const others = Object.keys(args.flags).filter(
    (name) => !["papermill", "python", "json", "debug"].includes(name),
  )
  if (others.length > 0)
    throw new PrelabError("--papermill goes without", others.map((name) => `--${name}`).join(" "))
}

function papermill(args: Arguments, work: "install" | "uninstall"): Answer {
  refuseTogether(args)
  const python = requirePython("--papermill", textFlag(args, "python"))
  const files = work === "install" ? installPapermill(python, version) : uninstallPapermill(python)
  const done = work === "install" ? "papermill writes parameters in TypeScript" : "translator removed"
  return { text: `${done}: ${python.program}\n`, json: { python: python.program, files } }
}

export const install: Command = {
  options: {
    ...place,
    "display-name": { type: "string" },
    javascript: { type: "boolean" },
    gateway: { type: "boolean" },
    bind: { type: "string" },
  },
  async run(args) {
    if (args.flags.papermill) return papermill(args, "install")
    const bind = textFlag(args, "bind")
    if (bind !== undefined && !args.flags.gateway)
      throw new PrelabError("address without a gateway", bind, { hint: "add --gateway" })
    const inJavaScript = args.flags.javascript === true
    const { name, folder, spec, warnings } = installKernel({
      ...(inJavaScript ? { name: "prelab-js" } : {}),
      ...placeOf(args),
      version,
      language: inJavaScript ? "javascript" : "typescript",
      displayName: textFlag(args, "display-name"),
      gateway: args.flags.gateway ? { bind } : undefined,
    })
    return {
      text: `kernel ${name} installed in ${folder}\n`,
      json: { name, folder, spec, warnings },
      complaints: args.flags.json ? [] : warnings,
    }
  },
}

export const uninstall: Command = {
  options: place,
  async run(args) {
    if (args.flags.papermill) return papermill(args, "uninstall")
    const folder = uninstallKernel(placeOf(args))
    return { text: `removed ${folder}\n`, json: { folder } }
  },
}
