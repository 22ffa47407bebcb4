import { PrelabError } from "../error.js"
import { addressOf, type ChannelName, type Connection, channelNames } from "./connection.js"
import { log } from "./log.js"
import type { Closable, Publisher, Router, Sender, Transport } from "./transport/transport.js"
import { decode, encode, type Signing, type WireMessage } from "./wire.js"

/** Where Jupyter messages leave, whatever carries them. */
export interface Outgoing {
  /** Resolves when this message and all before it have left. */
  send(message: WireMessage): Promise<void>
  /** Resolves when everything that was handed over so far has left. */
  drained(): Promise<void>
}

/** A channel of requests and replies. */
export interface RequestChannel extends Outgoing {
  /** Calls `handle` for every message, until the channel is closed. */
  listen(handle: (message: WireMessage) => void): Promise<void>
}

/** The channel that tells all clients what happens. */
export interface Announcements extends Outgoing {
  /** The topic of every subscription from the moment it holds. */
  readonly subscriptions: AsyncIterable<Uint8Array>
}

/** The channels that the protocol speaks on. */
export interface Channels {
  shell: RequestChannel
  control: RequestChannel
  stdin: RequestChannel
  iopub: Announcements
}

/** A socket on which signed Jupyter messages leave. */
class Signed<Socket extends Sender> implements Outgoing {
  constructor(
    readonly socket: Socket,
    readonly signing: Signing,
  ) {}

  send(message: WireMessage): Promise<void> {
    return this.socket.send(encode(message, this.signing))
  }

  drained(): Promise<void> {
    return this.socket.drained()
  }
}

/** A router as a channel: good messages are handled, others are named on stderr and ignored. */
class RouterChannel extends Signed<Router> implements RequestChannel {
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

class PublisherChannel extends Signed<Publisher> implements Announcements {
  get subscriptions(): AsyncIterable<Uint8Array> {
    return this.socket.subscriptions
  }
}

/** Where the channels really listen, by the names that connection files and connect_reply have for it. */
export type Ports = Record<`${ChannelName}_port`, number>

export interface Sockets extends Channels, Closable {
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
    shell: new RouterChannel(shell, signing),
    control: new RouterChannel(control, signing),
    stdin: new RouterChannel(stdin, signing),
    iopub: new PublisherChannel(iopub, signing),
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
