import { type ChildProcess, execFile, spawn } from "node:child_process"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const root = fileURLToPath(new URL("../..", import.meta.url))
const cli = join(root, "dist", "cli.js")

/** JupyterLab on a folder and a free port. */
export class JupyterLab {
  #said = ""
  readonly exit: Promise<number | string>
  #address: URL | undefined

  private constructor(readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text
      })
    this.exit = new Promise((resolve) =>
      process.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown")),
    )
  }

  /** As `npm start` runs it. */
  static start(folder: string): Promise<JupyterLab> {
    return JupyterLab.#run("npm", ["start", "--", folder])
  }

  /** As `prelab lab` runs it, with this build as the kernel, whichever is installed. */
  static async startThisBuild(folder: string, prefix: string): Promise<JupyterLab> {
    await promisify(execFile)(process.execPath, [cli, "install", "--prefix", prefix])
    return JupyterLab.#run(process.execPath, [cli, "lab", folder], {
      JUPYTER_PATH: join(prefix, "share", "jupyter"),
    })
  }

  /** Resolves when the address has been printed. Throws with all that was said if it ends before. */
  static async #run(program: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<JupyterLab> {
    const child = spawn(program, [...args, "--no-browser", "--port", String(await freePort())], {
      cwd: root,
      env: { ...process.env, ...more },
      // A group of its own, which one signal can end as Ctrl-C ends a terminal's.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    })
    const lab = new JupyterLab(child)
    await lab.#answers()
    return lab
  }

  /** Everything that it and its kernels have printed. */
  get said(): string {
    return this.#said
  }

  get address(): URL {
    if (!this.#address) throw new Error("JupyterLab has no address yet")
    return this.#address
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

  #answers(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.process.stdout?.on("data", () => {
        const line = /^http:\/\/\S+$/m.exec(this.#said)
        if (line) this.#address = new URL(line[0])
        if (line) resolve()
      })
      void this.exit.then((status) => reject(new Error(`JupyterLab ended with ${status}:\n${this.#said}`)))
    })
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
