import { PrelabError } from "../error.js"
import { type InstallScope, installKernel, uninstallKernel } from "../kernel/install.js"
import { version } from "../version.js"
import { type Arguments, namedPositionals, textFlag } from "./arguments.js"
import type { Command } from "./command.js"

const options = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string" },
  force: { type: "boolean" },
} as const

function placeOf(args: Arguments) {
  namedPositionals(args.positionals, [])
  const { flags } = args
  const given = ["user", "sys-prefix", "prefix"].filter((name) => flags[name] !== undefined)
  if (given.length > 1)
    throw new PrelabError("one place at a time", given.map((name) => `--${name}`).join(" "))
  const prefix = textFlag(args, "prefix")
  const scope: InstallScope = prefix !== undefined ? { prefix } : flags["sys-prefix"] ? "sys-prefix" : "user"
  const name = textFlag(args, "name")
  return { scope, ...(name === undefined ? {} : { name }), force: flags.force === true }
}

export const install: Command = {
  options,
  async run(args) {
    const { name, folder, spec } = installKernel({ ...placeOf(args), version })
    return { text: `kernel ${name} installed in ${folder}\n`, json: { name, folder, spec } }
  },
}

export const uninstall: Command = {
  options,
  async run(args) {
    const folder = uninstallKernel(placeOf(args))
    return { text: `removed ${folder}\n`, json: { folder } }
  },
}
