import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { PrelabError } from "../error.js"
import { freePortFrom } from "./free-ports.js"
import { findJupyter, type Jupyter } from "./jupyter.js"

export interface LabOptions {
  /** The folder that JupyterLab shows; the current one by default. */
  folder?: string | undefined
  /** Whether to open a browser; yes by default. */
  browser?: boolean | undefined
  /** The port to listen on; by default the first free one from 8888 on. */
  port?: number | undefined
}

/** How long JupyterLab may take until it answers: the first start compiles its Python. */
const startSeconds = 120

/**
 * Opens JupyterLab on this machine's loopback and stays until it ends. Its address, token and all, goes to standard
 * output as a line of its own once it answers. Ctrl-C (or SIGTERM) ends it and its kernels.
 * @returns the exit status
 * @throws PrelabError where there is no JupyterLab, no such folder, or the port is taken
 */
export async function lab(options: LabOptions = {}): Promise<number> {
  const folder = resolve(options.folder ?? ".")
  if (!existsSync(folder)) throw new PrelabError("folder not found", folder)
  const jupyter = findJupyter()
  const port = await freePortFrom(options.port ?? 8888)
  if (options.port !== undefined && port !== options.port)
    throw new PrelabError("port is taken", options.port)
  const token = process.env.JUPYTER_TOKEN || randomBytes(24).toString("hex")
  const server = startServer(jupyter, { folder, browser: options.browser ?? true, port, token })
  const address = `http://127.0.0.1:${port}`
  const stop = () => void shutDown(server, address, token)
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop)
  const ended = endOf(server)
  if (await answers(address, token, ended)) {
    process.stderr.write("JupyterLab runs until Ctrl-C:\n")
    process.stdout.write(`${address}/lab?token=${token}\n`)
  }
  return ended
}

interface ServerOptions {
  folder: string
  browser: boolean
  port: number
  token: string
}

function startServer(jupyter: Jupyter, { folder, browser, port, token }: ServerOptions): ChildProcess {
  const args = [
    ...jupyter.args,
    ...(browser ? [] : ["--no-browser"]),
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.port=${port}`,
    "--ServerApp.port_retries=0",
    `--ServerApp.root_dir=${folder}`,
    // Only this machine's user has the token; containers run as root.
    "--ServerApp.allow_root=True",
    "--Application.log_level=ERROR",
  ]
  return spawn(jupyter.program, args, {
    // By its environment: arguments are visible to every user of the machine.
    env: { ...process.env, ...jupyter.env, JUPYTER_TOKEN: token },
    // Its own process group: JupyterLab would answer Ctrl-C with a question.
    detached: process.platform !== "win32",
    // Standard output is for the address.
    stdio: ["ignore", 2, 2],
  })
}

/** The exit status that the end of the server means: what Ctrl-C or SIGTERM ended, ended well. */
function endOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new PrelabError("JupyterLab does not start", cause.message, { cause })),
    )
    server.once("exit", (code, signal) => resolve(code ?? (signal === "SIGTERM" ? 0 : 1)))
  })
}

/** Asked to, JupyterLab ends its kernels first and says nothing; one that cannot be asked gets a signal. */
async function shutDown(server: ChildProcess, address: string, token: string): Promise<void> {
  const asked = await request("POST", `${address}/api/shutdown`, token)
  if (!asked) server.kill("SIGTERM")
}

/** Whether the server answers before it ends. */
async function answers(address: string, token: string, ended: Promise<unknown>): Promise<boolean> {
  let over = false
  const noticed = ended.finally(() => {
    over = true
  })
  const until = Date.now() + startSeconds * 1000
  while (!over && Date.now() < until) {
    if (await request("GET", `${address}/api/status`, token)) return true
    await Promise.race([sleep(100), noticed])
  }
  return false
}

async function request(method: string, url: string, token: string): Promise<boolean> {
  try {
    return (await fetch(url, { method, headers: { Authorization: `token ${token}` } })).ok
  } catch {
    return false // nobody listens there, not yet or not any more
  }
}
