/** A message as it travels: its frames, in order. Whoever sends one leaves its bytes alone from then on. */
export type Frames = readonly Uint8Array[]

/** What one side of a channel can do: nothing that is sent is dropped while its peer is there. */
export interface Sender {
  /**
   * Sends after all that was sent before. Resolves when the message has left, so that whoever awaits it is held to
   * the pace of the slowest reader; a reader that has stopped altogether holds up nobody. After `close` it does nothing.
   */
  send(frames: Frames): Promise<void>
  /** Resolves when everything sent so far has left, in the sense of `send`. */
  drained(): Promise<void>
}

/** Messages as they arrive, for one reader. Ends when the socket is closed; what arrives too fast waits at its sender. */
export type Receiver = AsyncIterable<Uint8Array[]>

export interface Closable {
  /** Resolves when the rest has left, or when that takes too long. */
  close(): Promise<void>
}

export interface Bound extends Closable {
  /** Where it listens: the address as asked for, with the port that a port 0 became. */
  readonly address: string
}

/** Talks with many dealers: the first frame of a message, in and out, says which one. */
export interface Router extends Bound, Sender, Receiver {}

/** Reaches every subscriber one of whose topics the first frame begins with. */
export interface Publisher extends Bound, Sender {
  /** The topic of every subscription from the moment it holds, also where another client has the same one. */
  readonly subscriptions: AsyncIterable<Uint8Array>
}

/** One peer of a router. What it sends before the router is there waits; a broken connection is made again. */
export interface Dealer extends Closable, Sender, Receiver {}

/** One peer of a publisher. A broken connection is made again, with all its topics. */
export interface Subscriber extends Closable, Receiver {}

/** A server's CurveZMQ keys in Z85: clients know the public one, and all traffic is encrypted. */
export interface CurveKeys {
  publicKey: string
  secretKey: string
}

export interface BindOptions {
  curve?: CurveKeys | undefined
}

export interface DealerOptions {
  /** The first frame of its messages at the router; without one the router makes one up. */
  routingId?: string | undefined
}

/** Sockets as a kernel and its clients need them. Addresses are libzmq's: `tcp://IP:PORT` and `ipc://PATH`. */
export interface Transport {
  readonly name: TransportName
  /** Which versions of what carry the messages, in words. */
  readonly detail: string
  /** Whether it can encrypt. */
  readonly curve: boolean
  bindRouter(address: string, options?: BindOptions): Promise<Router>
  bindPublisher(address: string, options?: BindOptions): Promise<Publisher>
  connectDealer(address: string, options?: DealerOptions): Dealer
  /** Without topics: everything. */
  connectSubscriber(address: string, topics?: readonly string[]): Subscriber
}

export type TransportName = "zeromq" | "zmtp"

/** Where a transport reports a peer that it has to give up on. */
export type Log = (line: string) => void

/** How long `close` waits for peers that are slow to take the rest. */
export const lingerMs = 500
