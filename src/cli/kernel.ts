import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { findLocalInstall } from "../kernel/local-install.js"
import { namedPositionals } from "./arguments.js"
import type { Command } from "./command.js"

export const kernel: Command = {
  async run(args) {
    const [connectionFile] = namedPositionals(args.positionals, ["CONNECTION_FILE"])
    const own = dirname(fileURLToPath(new URL("..", import.meta.url)))
    // Ours is loaded only where it runs: two copies of the library would be in one process otherwise.
    const { runKernel } = (await findLocalInstall(own)) ?? (await import("./run-kernel.js"))
    await runKernel(connectionFile!)
    return undefined
  },
}
