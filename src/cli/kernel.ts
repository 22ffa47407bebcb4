import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { display, updateDisplay } from "../kernel/display.js"
import { startKernel } from "../kernel/index.js"
import { version } from "../version.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"

export const kernel: Command = {
  async run(args) {
    const [connectionFile] = namedPositionals(args.positionals, ["CONNECTION_FILE"])
    const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
    // Not awaited: the kernel answers its front end while the library loads.
    const namespace = import("../index.js")
    const figures = import("../figures/index.js").then((room) =>
      room.setProgressOutput(() => ({ display, updateDisplay })),
    )
    const started = startKernel({
      connectionFile: connectionFile!,
      helpers: { module: "prelab", namespace, packageRoot },
      version,
    })
    await Promise.all([started, figures])
    return undefined
  },
}
