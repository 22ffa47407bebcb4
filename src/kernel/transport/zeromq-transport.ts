import type * as zeromq from "zeromq"
import { PrelabError } from "../../error.js"
import {
  type BindOptions,
  type Bound,
  type Closable,
  type CurveKeys,
  type Dealer,
  type DealerOptions,
  type Log,
  lingerMs,
  type Publisher,
  type Receiver,
  type Router,
  type Sender,
  type Subscriber,
  type Transport,
} from "./transport.js"

/** The package as it loads: passed in, because an import would throw where its addon does not fit the machine. */
export type Zeromq = typeof zeromq

/** Sockets of zeromq.js, that is of libzmq. */
export class ZeromqTransport implements Transport {
  readonly name = "zeromq"
  readonly detail: string
  readonly curve: boolean
  readonly #zeromq: Zeromq
  readonly #log: Log

  constructor(library: Zeromq, log: Log) {
    this.#zeromq = library
    this.#log = log
    this.detail = `libzmq ${library.version}`
    this.curve = library.capability.curve === true
  }

  async bindRouter(address: string, { curve }: BindOptions = {}): Promise<Router> {
    // A client that comes back takes its identity over from a connection that nobody has noticed is dead.
    const router = { ...sends, ...receives, handover: true }
    const socket = new this.#zeromq.Router({ ...optionsFor(address), ...router, ...this.#server(curve) })
    return { ...(await bind(socket, address, this.#log)), ...receiver(socket) }
  }

  async bindPublisher(address: string, { curve }: BindOptions = {}): Promise<Publisher> {
    const publisher = { ...sends, verbosity: "allSubs" } as const
    const socket = new this.#zeromq.XPublisher({
      ...optionsFor(address),
      ...publisher,
      ...this.#server(curve),
    })
    return { ...(await bind(socket, address, this.#log)), subscriptions: subscriptions(socket) }
  }

  connectDealer(address: string, { routingId }: DealerOptions = {}): Dealer {
    const dealer = { ...sends, ...receives, ...(routingId ? { routingId } : {}) }
    const socket = new this.#zeromq.Dealer({ ...optionsFor(address), ...dealer })
    socket.connect(address)
    return { ...sender(socket, this.#log), ...receiver(socket) }
  }

  connectSubscriber(address: string, topics: readonly string[] = [""]): Subscriber {
    const socket = new this.#zeromq.Subscriber({ ...optionsFor(address), ...receives })
    socket.connect(address)
    socket.subscribe(...topics)
    return { ...receiver(socket), close: async () => socket.close() }
  }

  #server(curve: CurveKeys | undefined) {
    if (!curve) return {}
    if (!this.curve) throw new PrelabError("zeromq cannot encrypt", this.detail)
    return { curveServer: true, curvePublicKey: curve.publicKey, curveSecretKey: curve.secretKey }
  }
}

// At libzmq's high-water marks messages are dropped, and a slow reader of a long output must get all of it.
const sends = { sendHighWaterMark: 0 }
const receives = { receiveHighWaterMark: 0 }

function optionsFor(address: string) {
  return { linger: lingerMs, ipv6: address.startsWith("tcp://[") }
}

/**
 * Messages leave one after the other: zeromq.js refuses a send while another one is pending and drops what a
 * publisher does not await, which loses the end of a long output together with its idle.
 */
function sender(socket: zeromq.Router | zeromq.XPublisher | zeromq.Dealer, log: Log): Sender & Closable {
  let tail: Promise<void> = Promise.resolve()
  let closing = false
  return {
    send(frames) {
      if (!closing)
        tail = tail.then(() => socket.send([...frames])).catch((error) => log(`send failed: ${error}`))
      return tail
    },
    drained: () => tail,
    async close() {
      closing = true
      await tail
      // What libzmq still has lingers there: the process ends when it is done.
      socket.close()
    },
  }
}

function receiver(socket: zeromq.Router | zeromq.Dealer | zeromq.Subscriber): Receiver {
  return { [Symbol.asyncIterator]: () => socket[Symbol.asyncIterator]() }
}

async function bind(
  socket: zeromq.Router | zeromq.XPublisher,
  address: string,
  log: Log,
): Promise<Bound & Sender> {
  try {
    await socket.bind(address)
  } catch (error) {
    socket.close()
    throw error
  }
  // Not null behind a bind. It is never unbound by hand, although a socket that is only closed keeps its address for a
  // while: zeromq.js unbinds in another thread, beside what it still reads in this one, and libzmq ends the process.
  return { address: socket.lastEndpoint!, ...sender(socket, log) }
}

async function* subscriptions(socket: zeromq.XPublisher): AsyncGenerator<Uint8Array> {
  for await (const [event] of socket) if (event?.[0] === 1) yield event.subarray(1)
}
