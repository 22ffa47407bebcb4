import { PrelabError } from "../error.js"
import { lab as openLab } from "../lab/index.js"
import { namedPositionals, textFlag } from "./arguments.js"
import type { Command } from "./command.js"

export const lab: Command = {
  options: { "no-browser": { type: "boolean" }, port: { type: "string" } },

  async run(args) {
    const [folder] = namedPositionals(args.positionals, ["[DIR]"])
    const port = textFlag(args, "port")
    if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new PrelabError("port must be a number", port)
    process.exitCode = await openLab({
      ...(folder === undefined ? {} : { folder }),
      browser: args.flags["no-browser"] !== true,
      ...(port === undefined ? {} : { port: Number(port) }),
    })
    return undefined
  },
}
