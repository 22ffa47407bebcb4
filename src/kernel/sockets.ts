import { Router, XPublisher } from "zeromq"
import { addressOf, type Connection } from "./connection.js"
import { log } from "./log.js"
import { decode, encode, type Signing, type WireMessage } from "./wire.js"

/**
 * A socket whose messages leave one after the other. zeromq.js refuses a send while another one is pending and
 * drops what a publisher does not await, which loses the end of a long output together with its idle.
 */
export class Channel {
  #tail: Promise<void> = Promise.resolve()

  constructor(
    readonly socket: Router | XPublisher,
    readonly signing: Signing,
  ) {}

  /** Resolves when this message and all before it are with libzmq. */
  send(message: WireMessage): Promise<void> {
    return this.sendFrames(encode(message, this.signing))
  }

  sendFrames(frames: Uint8Array[]): Promise<void> {
    // A kernel that ends has nobody left to tell.
    if (this.socket.closed) return this.#tail
    this.#tail = this.#tail
      .then(() => this.socket.send(frames))
      .catch((error) => log(`send failed: ${error}`))
    return this.#tail
  }

  /** Resolves when everything that was handed over so far has been sent. */
  drained(): Promise<void> {
    return this.#tail
  }

  /** Calls `handle` for every good message; others are named on stderr and ignored. */
  async listen(handle: (message: WireMessage) => void): Promise<void> {
    for await (const frames of this.socket) {
      let message: WireMessage
      try {
        message = decode(frames, this.signing)
      } catch (error) {
        log(`ignored: ${error instanceof Error ? error.message : error}`)
        continue
      }
      handle(message)
    }
  }
}

export interface Sockets {
  shell: Channel
  control: Channel
  stdin: Channel
  iopub: Channel
  heartbeat: Router
  close(): void
}

/** Binds the five sockets of a connection file. */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const signing = { key: connection.key, scheme: connection.signature_scheme }
  // No high-water mark: a slow reader of a long output must get all of it.
  const options = { linger: 500, sendHighWaterMark: 0, ipv6: connection.ip.includes(":") }
  const router = () => new Channel(new Router(options), signing)
  const shell = router()
  const control = router()
  const stdin = router()
  const iopub = new Channel(new XPublisher({ ...options, verbosity: "allSubs" }), signing)
  const heartbeat = new Router(options)
  await Promise.all([
    shell.socket.bind(addressOf(connection, "shell")),
    control.socket.bind(addressOf(connection, "control")),
    stdin.socket.bind(addressOf(connection, "stdin")),
    iopub.socket.bind(addressOf(connection, "iopub")),
    heartbeat.bind(addressOf(connection, "hb")),
  ])
  return {
    shell,
    control,
    stdin,
    iopub,
    heartbeat,
    close() {
      for (const channel of [shell, control, stdin, iopub]) channel.socket.close()
      heartbeat.close()
    },
  }
}

/** Sends every heartbeat back as it came, routing frames included. */
export async function echo(heartbeat: Router): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames)
}
