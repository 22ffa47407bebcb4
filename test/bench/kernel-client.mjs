// A client for any kernel: the same sockets and the same clock for every contestant. Every message gets its time
// of arrival before it is looked at, and a cell has ended when both its reply and its idle are here.
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { Dealer, Subscriber } from "zeromq"
import { inRoot } from "../../src/setup/paths.mjs"
import { messageOf } from "./kernel-arrival.mjs"
import { Exchange } from "./kernel-exchange.mjs"
import { accepts, freePorts } from "./ports.mjs"
import { processTree } from "./process-tree.mjs"

/** @typedef {import("./kernel-arrival.mjs").Arrival} Arrival */
/** @typedef {{ argv: string[], env?: Record<string, string>, cwd?: string }} Program */

const kernelFolder = new URL("../../dist/kernel/", import.meta.url)
/** @type {typeof import("../../src/kernel/wire.js")} */
const { encode, decode } = await import(new URL("wire.js", kernelFolder).href)
/** @type {typeof import("../../src/kernel/messages.js")} */
const { MessageFactory } = await import(new URL("messages.js", kernelFolder).href)

const signing = { key: "a bench's key", scheme: "hmac-sha256" }
/** How long anything may take before it counts as lost: machines that do much else are slow. */
const patienceMs = 90_000

const channels = /** @type {const} */ (["shell", "iopub", "stdin", "control", "hb"])

/** Whoever still runs when the bench ends, for whatever reason. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set()
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))

export class KernelClient {
  #factory = new MessageFactory()
  /** @type {Map<string, Exchange>} */
  #exchanges = new Map()
  /** @type {Set<() => void>} */
  #waiting = new Set()
  #stderr = ""
  #numbers = 0
  lostIdles = 0

  /**
   * @param {import("node:child_process").ChildProcess} child
   * @param {{ shell: Dealer, control: Dealer, iopub: Subscriber }} sockets
   * @param {string} folder
   * @param {string} command
   */
  constructor(child, sockets, folder, command) {
    this.child = child
    this.command = command
    this.sockets = sockets
    this.folder = folder
    this.exited = new Promise((resolve) => child.once("exit", resolve))
    void this.exited.then(() => running.delete(child))
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-4000)
    })
    child.stdout?.resume()
    this.#collect(sockets.shell, (arrival, exchange) => {
      exchange.reply = arrival
    })
    this.#collect(sockets.control, (arrival, exchange) => {
      exchange.reply = arrival
    })
    this.#collect(sockets.iopub, (arrival, exchange) => exchange.publish(arrival))
  }

  /**
   * Starts a kernel; gives the client and the milliseconds from there to its first answer. Node gives its children
   * the default SIGINT whatever it inherited itself, so a bench in the background starts them as a server does.
   * @param {Program} program its arguments name the connection file as "{connection_file}"
   */
  static async start({ argv, env = {}, cwd }) {
    const folder = mkdtempSync(join(tmpdir(), "prelab-bench-"))
    const ports = await freePorts(channels.length)
    const file = join(folder, "connection.json")
    const named = Object.fromEntries(channels.map((name, i) => [`${name}_port`, ports[i]]))
    const { key, scheme: signature_scheme } = signing
    writeFileSync(
      file,
      JSON.stringify({ transport: "tcp", ip: "127.0.0.1", key, signature_scheme, ...named }),
    )
    mkdirSync(join(folder, "notebook"))
    const [program, ...args] = argv.map((arg) => (arg === "{connection_file}" ? file : arg))
    // zeromq tries again every 100 ms unless told: that would be the resolution of the first figure.
    const options = { linger: 0, reconnectInterval: 2 }
    const routingId = `bench-${ports[0]}`
    const sockets = {
      shell: new Dealer({ ...options, routingId }),
      control: new Dealer({ ...options, routingId }),
      iopub: new Subscriber({ ...options, receiveHighWaterMark: 0 }),
    }
    const from = performance.now()
    const child = spawn(program, args, {
      cwd: cwd ?? join(folder, "notebook"),
      env: { ...process.env, ...homes(folder), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    })
    if (child.pid === undefined) throw new Error(`bench: ${program} does not start`)
    running.add(child)
    // tslab answers nothing any more if it is asked while it still binds; the heartbeat comes last there.
    while (!(await accepts(named.hb_port))) {
      if (child.exitCode !== null) throw new Error(`bench: ${argv.join(" ")} ends before it listens`)
      await pause(2)
    }
    sockets.shell.connect(`tcp://127.0.0.1:${named.shell_port}`)
    sockets.control.connect(`tcp://127.0.0.1:${named.control_port}`)
    sockets.iopub.connect(`tcp://127.0.0.1:${named.iopub_port}`)
    sockets.iopub.subscribe("")
    const client = new KernelClient(child, sockets, folder, argv.join(" "))
    const info = await client.request("kernel_info_request", {}, { whole: false })
    const ready = (info.reply?.at ?? Number.NaN) - from
    // Output is lost until the subscription has arrived; Jupyter's own clients ask again as well.
    for (let heard = 0; heard === 0; ) {
      const again = await client.request("kernel_info_request", {}, { whole: false })
      await pause(5)
      heard = again.published.length
    }
    return { client, ready, info: info.content }
  }

  /** A number that no text for this kernel has had yet. */
  number() {
    return ++this.#numbers
  }

  /**
   * Runs a cell to its end; throws where there is no reply, or an error unless that is what is wanted.
   * @param {string} code
   */
  async execute(code, { mayFail = false } = {}) {
    const exchange = await this.sendCell(code)
    await this.#answered(exchange)
    if (!mayFail && exchange.content.status !== "ok")
      throw this.#error(`a cell failed: ${code}\n${said(exchange)}`)
    return exchange
  }

  /** @param {string} code */
  sendCell(code) {
    const flags = { silent: false, store_history: true, allow_stdin: false, stop_on_error: true }
    return this.#send("execute_request", { code, user_expressions: {}, ...flags })
  }

  /**
   * Waits for the end of a cell; it may be that it does not come.
   * @param {Exchange} exchange
   */
  async finished(exchange, waitMs = patienceMs) {
    await this.#until(() => exchange.isDone, waitMs)
    return exchange
  }

  /**
   * Sends a request and waits for its reply, and its idle unless told.
   * @param {string} type
   * @param {object} content
   */
  async request(type, content, { whole = true } = {}) {
    const exchange = await this.#send(type, content)
    await this.#answered(exchange, whole)
    return exchange
  }

  /** Ends the kernel: by request, and whatever is left of it by force. */
  async close() {
    const tree = processTree(this.child.pid ?? 0)
    if (this.child.exitCode === null) {
      await this.#send("shutdown_request", { restart: false }, "control")
      await Promise.race([this.exited, pause(3000, undefined, { ref: false })])
    }
    for (const pid of tree) kill(pid)
    await this.exited
    for (const socket of Object.values(this.sockets)) socket.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /**
   * @param {string} type
   * @param {object} content
   * @param {"shell" | "control"} channel
   */
  async #send(type, content, channel = "shell") {
    const message = this.#factory.make(type, content)
    const frames = encode(message, signing)
    const exchange = new Exchange(performance.now())
    this.#exchanges.set(message.header.msg_id, exchange)
    await this.sockets[channel].send(frames)
    return exchange
  }

  /**
   * @param {Dealer | Subscriber} socket
   * @param {(arrival: Arrival, exchange: Exchange) => void} keep
   */
  async #collect(socket, keep) {
    for await (const frames of socket) {
      const at = performance.now()
      const message = this.#decoded(frames)
      const exchange = this.#exchanges.get(String(message?.parentHeader?.msg_id))
      if (message && exchange) keep({ message, at }, exchange)
      for (const wake of this.#waiting) wake()
      this.#waiting.clear()
    }
  }

  /** @param {Uint8Array[]} frames */
  #decoded(frames) {
    // Deno garbles what it publishes while it still writes a large message; what is missing then is found missing.
    const report = (/** @type {unknown} */ error) =>
      void process.stderr.write(`\n${this.#error(String(error)).message}\n`)
    try {
      return messageOf(frames, (whole) => decode(whole, signing), report)
    } catch (error) {
      report(error)
      return undefined
    }
  }

  /**
   * Waits for the reply, which has to come, and for the idle: tslab loses one now and then, and a page then goes by
   * the reply.
   * @param {Exchange} exchange
   */
  async #answered(exchange, whole = true) {
    if (!(await this.#until(() => exchange.reply !== undefined, patienceMs)))
      throw this.#error("no answer to a request")
    if (whole && !(await this.#until(() => exchange.isDone, 2000))) this.lostIdles++
  }

  /**
   * Whether the condition came true in time; looked at again whenever a message arrives.
   * @param {() => boolean} condition
   * @param {number} waitMs
   */
  async #until(condition, waitMs) {
    const stop = new AbortController()
    const late = pause(waitMs, "late", { signal: stop.signal }).catch(() => "stopped")
    const ended = this.exited.then(() => "ended")
    try {
      while (!condition()) {
        const happened = await Promise.race([this.#nextMessage(), ended, late])
        if (happened === "ended") throw this.#error("the kernel has ended")
        if (happened === "late") return false
      }
      return true
    } finally {
      stop.abort()
    }
  }

  #nextMessage() {
    return new Promise((resolve) => this.#waiting.add(() => resolve("message")))
  }

  /** @param {string} what */
  #error(what) {
    return new Error(`bench: ${what}\nkernel: ${this.command}\n${this.#stderr}`)
  }
}

/** @param {Exchange} exchange */
function said({ content, outputs }) {
  return [content, ...outputs.map(({ message }) => message.content)]
    .map((one) => JSON.stringify(one))
    .join("\n")
}

/**
 * Nobody's history or settings take part, and none are written.
 * @param {string} folder
 */
function homes(folder) {
  return {
    JPY_PARENT_PID: "",
    JUPYTER_DATA_DIR: join(folder, "data"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    IPYTHONDIR: join(folder, "ipython"),
    DENO_DIR: inRoot(".cache", "bench", "deno-cache"),
    DENO_NO_UPDATE_CHECK: "1",
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, "SIGKILL")
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error
  }
}
