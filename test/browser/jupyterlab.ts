import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** JupyterLab as `npm start` runs it, on a folder and a free port. */
export class JupyterLab {
  private constructor(
    readonly process: ChildProcess,
    readonly address: URL,
    readonly exit: Promise<number | string>,
  ) {}

  /** Resolves when `npm start` has printed the address. Throws with all it said if it ends before. */
  static async start(folder: string): Promise<JupyterLab> {
    const port = await freePort()
    const child = spawn("npm", ["start", "--", folder, "--no-browser", "--port", String(port)], {
      cwd: root,
      // A group of its own, which one signal can end as Ctrl-C ends a terminal's.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    })
    let said = ""
    const exit = new Promise<number | string>((resolve) =>
      child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown")),
    )
    const address = new Promise<URL>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          said += text
          const line = /^http:\/\/\S+$/m.exec(said)
          if (line) resolve(new URL(line[0]))
        })
      void exit.then((status) => reject(new Error(`npm start ended with ${status}:\n${said}`)))
    })
    return new JupyterLab(child, await address, exit)
  }

  /** Where a notebook of the folder opens, in a workspace that remembers nothing. */
  urlOf(notebook: string): string {
    const url = new URL(`/lab/workspaces/test/tree/${encodeURIComponent(notebook)}?reset`, this.address)
    url.searchParams.set("token", this.address.searchParams.get("token") ?? "")
    return url.href
  }

  /** Ends it as Ctrl-C does and gives its exit status, or the signal that npm says it ended by. */
  stop(): Promise<number | string> {
    if (this.process.exitCode === null && this.process.signalCode === null)
      process.kill(-this.process.pid!, "SIGINT")
    return this.exit
  }
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") return reject(new Error("no port"))
      server.close(() => resolve(address.port))
    })
  })
}
