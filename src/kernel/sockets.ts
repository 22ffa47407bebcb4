import { PrelabError } from "../error.js"
import { addressOf, type ChannelName, type Connection, channelNames } from "./connection.js"
import { log } from "./log.js"
import type { Closable, Publisher, Router, Sender, Transport } from "./transport/transport.js"
import { decode, encode, type Signing, type WireMessage } from "./wire.js"

/** A socket on which signed Jupyter messages leave. */
class Signed<Socket extends Sender> {
  constructor(
    readonly socket: Socket,
    readonly signing: Signing,
  ) {}

  /** Resolves when this message and all before it have left. */
  send(message: WireMessage): Promise<void> {
    return this.socket.send(encode(message, this.signing))
  }

  /** Resolves when everything that was handed over so far has left. */
  drained(): Promise<void> {
    return this.socket.drained()
  }
}

/** A channel of requests and replies. */
export class Channel extends Signed<Router> {
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

/** The channel that tells all clients what happens. */
export class OutputChannel extends Signed<Publisher> {
  get subscriptions(): AsyncIterable<Uint8Array> {
    return this.socket.subscriptions
  }
}

/** Where the channels really listen, by the names that connection files and connect_reply have for it. */
export type Ports = Record<`${ChannelName}_port`, number>

export interface Sockets extends Closable {
  shell: Channel
  control: Channel
  stdin: Channel
  iopub: OutputChannel
  heartbeat: Router
  ports: Ports
}

/** Binds the five sockets of a connection file. Throws a PrelabError where it cannot, or not as safely as asked for. */
export async function bindSockets(connection: Connection, transport: Transport): Promise<Sockets> {
  const signing = { key: connection.key, scheme: connection.signature_scheme }
  const { curve_publickey: publicKey, curve_secretkey: secretKey } = connection
  const options = publicKey && secretKey ? { curve: { publicKey, secretKey } } : {}
  const router = (channel: ChannelName) =>
    bind(addressOf(connection, channel), (address) => transport.bindRouter(address, options))
  const publisher = (channel: ChannelName) =>
    bind(addressOf(connection, channel), (address) => transport.bindPublisher(address, options))
  const [shell, control, stdin, hb, iopub] = await allOrNone([
    router("shell"),
    router("control"),
    router("stdin"),
    router("hb"),
    publisher("iopub"),
  ])
  const sockets = { shell, iopub, stdin, control, hb }
  return {
    shell: new Channel(shell, signing),
    control: new Channel(control, signing),
    stdin: new Channel(stdin, signing),
    iopub: new OutputChannel(iopub, signing),
    heartbeat: hb,
    ports: Object.fromEntries(
      channelNames.map((name) => [`${name}_port`, portOf(sockets[name].address)]),
    ) as Ports,
    async close() {
      await Promise.all(Object.values(sockets).map((socket) => socket.close()))
    },
  }
}

/** A port that is taken is the reader's to know, whatever the transport calls it. */
async function bind<T>(address: string, listen: (address: string) => Promise<T>): Promise<T> {
  try {
    return await listen(address)
  } catch (cause) {
    if (cause instanceof PrelabError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new PrelabError("cannot listen", `${address}: ${reason}`, { cause })
  }
}

/** Where one cannot be bound, the others are closed: zeromq.js aborts a process that ends with open sockets. */
async function allOrNone<T extends Promise<Closable>[]>(
  binding: readonly [...T],
): Promise<{ [I in keyof T]: Awaited<T[I]> }> {
  try {
    return await Promise.all(binding)
  } catch (error) {
    const settled = await Promise.allSettled(binding)
    await Promise.all(settled.map((result) => result.status === "fulfilled" && result.value.close()))
    throw error
  }
}

function portOf(address: string): number {
  return Number(/\d+$/.exec(address)?.[0])
}
