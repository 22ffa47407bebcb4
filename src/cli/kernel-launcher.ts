import { fileURLToPath } from "node:url"
import { PrelabError } from "../error.js"
import { launchKernel } from "../kernel/launcher/launch-kernel.js"
import { parsePortRange } from "../kernel/launcher/ports.js"
import { type Arguments, namedPositionals, textFlag } from "./arguments.js"
import type { Command } from "./command.js"

/** What the gateway says, and the variables by which it tells its containers the same. */
const told = {
  "kernel-id": ["KERNEL_ID"],
  "response-address": ["RESPONSE_ADDRESS", "EG_RESPONSE_ADDRESS"],
  "public-key": ["PUBLIC_KEY", "EG_PUBLIC_KEY"],
  "port-range": ["PORT_RANGE", "EG_PORT_RANGE"],
} as const

type Told = keyof typeof told

/** The gateway's kernelspecs have the longer names, its documentation the shorter ones. */
const longer = (name: string) => `RemoteProcessProxy.${name}`

function toldValue(args: Arguments, name: Told): string | undefined {
  const given = textFlag(args, name) ?? textFlag(args, longer(name))
  return given ?? told[name].map((variable) => process.env[variable]).find(Boolean)
}

function required(args: Arguments, name: Told): string {
  const value = toldValue(args, name)
  if (!value) throw new PrelabError("argument missing", `--${name}`)
  return value
}

export const kernelLauncher: Command = {
  options: {
    ...Object.fromEntries(
      Object.keys(told).flatMap((name) => [name, longer(name)].map((flag) => [flag, { type: "string" }])),
    ),
    bind: { type: "string" },
  },

  async run(args) {
    namedPositionals(args.positionals, [])
    const cli = fileURLToPath(new URL("../cli.js", import.meta.url))
    process.exitCode = await launchKernel({
      kernelId: required(args, "kernel-id"),
      responseAddress: required(args, "response-address"),
      publicKey: required(args, "public-key"),
      portRange: parsePortRange(toldValue(args, "port-range")),
      bind: textFlag(args, "bind"),
      command: [process.execPath, cli, "kernel"],
    })
    return undefined
  },
}
