import { existsSync } from "node:fs"
import { join } from "node:path"
import { PrelabError } from "../error.js"
import { writeFileAtomic } from "../formats/write-file.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"
import { widgetTemplate } from "./widget-template.js"

export const newWidget: Command = {
  async run(args) {
    const [name] = namedPositionals(args.positionals, ["NAME"])
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name!))
      throw new PrelabError("widget name not usable", name!, { hint: "lower-case words with - between them" })
    if (existsSync(name!)) throw new PrelabError("folder exists already", name!)
    const files = Object.entries(widgetTemplate(name!))
    for (const [file, text] of files) await writeFileAtomic(join(name!, file), text)
    const written = files.map(([file]) => join(name!, file))
    return {
      text: `${written.join("\n")}\n\nprelab lab ${name}, open ${name}.ipynb and run its cells; then edit index.js and save.\n`,
      json: { files: written },
    }
  },
}
