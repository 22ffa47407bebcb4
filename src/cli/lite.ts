import { liteSite } from "../lab/index.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"

export const lite: Command = {
  async run(args) {
    const [out, folder] = namedPositionals(args.positionals, ["OUT", "[DIR]"])
    const site = await liteSite({ out: out!, folder })
    const text = `${site}: serve it as it is, for instance: npx http-server ${site}\n`
    return { text, json: { site } }
  },
}
