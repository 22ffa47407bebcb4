import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { constants, tmpdir } from "node:os"
import { join } from "node:path"
import { PrelabError } from "../../error.js"
import { bindVariable } from "../connection.js"
import { encryptConnection } from "./encrypt-connection.js"
import { serveGateway } from "./gateway-requests.js"
import { freePorts, listenWithin, type PortRange, portOf } from "./ports.js"

export interface LaunchOptions {
  kernelId: string
  /** Where the gateway waits for the connection information, as "IP:PORT". */
  responseAddress: string
  /** The gateway's RSA key, with which only it reads the answer. */
  publicKey: string
  portRange: PortRange
  /** The address to listen on; only an explicit one may be other than the loopback. */
  bind?: string | undefined
  /** Program and arguments of the kernel; the connection file comes last. */
  command: readonly string[]
}

/** How long a kernel may take to end once the gateway has said that it should. */
const graceMs = 5000

/**
 * Runs a kernel for Enterprise Gateway: chooses its ports, sends the gateway the encrypted connection information, and
 * passes the gateway's signals on until the kernel ends. A process of its own, because a kernel whose cell computes
 * must still be signalled.
 * @returns the kernel's exit status
 * @throws PrelabError where the gateway cannot be told, or no ports are free
 */
export async function launchKernel(options: LaunchOptions): Promise<number> {
  const { bind = "127.0.0.1", portRange, kernelId } = options
  const gateway = addressOf(options.responseAddress)
  const server = await listenWithin(portRange, bind)
  const folder = mkdtempSync(join(tmpdir(), "prelab-launcher-"))
  try {
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5, portRange, bind)
    const connection = {
      ...{ transport: "tcp", ip: bind, key: randomUUID(), signature_scheme: "hmac-sha256" },
      ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
    }
    const answer = { ...connection, kernel_id: kernelId, pid: process.pid, comm_port: portOf(server) }
    const encrypted = encryptConnection(answer, options.publicKey)
    const file = join(folder, `kernel-${kernelId.replace(/[^\w-]/g, "_")}.json`)
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 })
    const child = startKernel([...options.command, file], bind)
    serveGateway(server, {
      signal: (signum) => child.kill(signum as unknown as NodeJS.Signals),
      shutdown() {
        server.close()
        setTimeout(() => child.kill("SIGTERM"), graceMs).unref()
      },
    })
    return await Promise.race([
      statusOf(child),
      // What could not be told to the gateway would run unseen.
      sent(encrypted, gateway).then(
        () => statusOf(child),
        (error) => {
          child.kill("SIGKILL")
          throw error
        },
      ),
    ])
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function startKernel([program, ...args]: readonly string[], bind: string): ChildProcess {
  const child = spawn(program!, args, {
    stdio: "inherit",
    env: { ...process.env, [bindVariable]: bind, JPY_PARENT_PID: String(process.pid) },
  })
  // Containers and the gateway's own machine signal this process.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal))
  return child
}

/** A process that a signal ended has the status that shells give it. */
async function statusOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  return child.exitCode ?? 128 + constants.signals[child.signalCode!]
}

async function sent(text: string, { host, port }: { host: string; port: number }): Promise<void> {
  const socket = connect(port, host)
  try {
    await once(socket, "connect")
    socket.end(text)
    await once(socket, "finish")
  } catch (cause) {
    throw new PrelabError("gateway does not answer", `${host}:${port}`, { cause })
  }
}

function addressOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined) throw new PrelabError("response address must be IP:PORT", text)
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) }
}
