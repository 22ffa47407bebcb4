import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { startKernel } from "../kernel/index.js"
import { version } from "../version.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"

export const kernel: Command = {
  async run(args) {
    const [connectionFile] = namedPositionals(args.positionals, ["CONNECTION_FILE"])
    const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
    const namespace = await import("../index.js")
    await startKernel({
      connectionFile: connectionFile!,
      helpers: { module: "prelab", namespace, packageRoot },
      version,
    })
    return undefined
  },
}
