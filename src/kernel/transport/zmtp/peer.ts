import type { Socket } from "node:net"
import { type Log, lingerMs } from "../transport.js"
import { ByteQueue } from "./byte-queue.js"
import { encodeCommand, readSaid, type Said } from "./frames.js"
import { checkGreeting, checkSignature, greeting, greetingRest, signatureLength } from "./greeting.js"
import type { Pausable } from "./inbox.js"
import { encodeMetadata, readMetadata, type SocketType } from "./metadata.js"
import { ProtocolViolation } from "./protocol-violation.js"

/** What a socket does with its connections. */
export interface PeerOptions {
  /** What this side is. */
  type: SocketType
  /** How this side wants to be known. */
  identity?: string | undefined
  /** The handshake is done: messages can be sent. */
  ready(peer: Peer): void
  /** `bytes` is what the message holds in memory. A subscription, in either form, is a message that begins with 1. */
  message(frames: Buffer[], bytes: number, peer: Peer): void
  /** The connection is gone, or was never there. */
  closed?(peer: Peer): void
  log: Log
}

/** How long a handshake may take. */
const handshakeMs = 30_000

/** How long one who sends waits for a peer that takes nothing. */
const stalledMs = 1000

/** One connection: the handshake, then messages in both directions. */
export class Peer implements Pausable {
  /** The name that the other side gave itself; empty if it did not. */
  identity: Buffer = Buffer.alloc(0)
  readonly #socket: Socket
  readonly #options: PeerOptions
  readonly #received = new ByteQueue()
  #needed = 0
  #unsent = 0
  #stalled = false
  readonly #conversation = this.#converse()
  #flush: { promise: Promise<void>; done: () => void } | undefined

  constructor(socket: Socket, options: PeerOptions) {
    this.#socket = socket
    this.#options = options
    socket.setNoDelay(true)
    socket.setTimeout(handshakeMs, () => this.#refuse("no handshake"))
    socket.on("data", (chunk) => this.#receive(chunk))
    socket.on("end", () => this.#checkEnd())
    // An error is followed by "close"; that a peer is gone is nothing to report.
    socket.on("error", () => {})
    socket.on("close", () => this.#gone())
    this.#write([greeting])
    this.#advance(Buffer.alloc(0))
  }

  /** Sends the chunks of an encoded message in one write. */
  send(chunks: readonly Uint8Array[]): void {
    this.#write(chunks)
  }

  /** Resolves when everything sent has left, or when this peer takes so long that nobody should wait for it. */
  flushed(): Promise<void> {
    if (this.#unsent === 0 || this.#stalled || this.#socket.destroyed) return Promise.resolve()
    if (!this.#flush) {
      const timer = setTimeout(() => {
        this.#stalled = true
        this.#flush?.done()
      }, stalledMs)
      let done = () => {}
      const promise = new Promise<void>((resolve) => {
        done = () => {
          clearTimeout(timer)
          this.#flush = undefined
          resolve()
        }
      })
      this.#flush = { promise, done }
    }
    return this.#flush.promise
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the connection when everything sent has left, or after a while. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.#socket.destroy(), lingerMs)
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve())
      this.#socket.end(() => resolve())
      if (this.#socket.destroyed) resolve()
    })
    // What is still to come from the other side has no reader any more, but an open connection would keep the process.
    late.unref()
    this.#socket.unref()
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Everything the other side may say, from its first byte on. Yields how many bytes it needs and is given them. */
  *#converse(): Generator<number, never, Buffer> {
    checkSignature(yield signatureLength)
    checkGreeting(yield greetingRest)
    const { type, identity = "" } = this.#options
    this.#write([encodeCommand("READY", encodeMetadata(type, identity))])
    this.#introduce(yield* readSaid())
    for (;;) {
      const said = yield* readSaid()
      if ("frames" in said) this.#options.message(said.frames, said.bytes, this)
      // Commands that nobody here knows are for those who do.
      else this.#commands[said.command]?.(said.body)
    }
  }

  #introduce(said: Said): void {
    if ("frames" in said) throw new ProtocolViolation("message before READY")
    if (said.command === "ERROR") this.#commands.ERROR!(said.body)
    if (said.command !== "READY") throw new ProtocolViolation(`${said.command} before READY`)
    this.identity = readMetadata(said.body, this.#options.type).identity
    this.#socket.setTimeout(0)
    this.#options.ready(this)
  }

  readonly #commands: Readonly<Record<string, (body: Buffer) => void>> = {
    // After two bytes with a time to live comes what the peer wants to hear again.
    PING: (body) => this.#write([encodeCommand("PONG", body.subarray(2))]),
    SUBSCRIBE: (topic) => this.#subscribe(1, topic),
    CANCEL: (topic) => this.#subscribe(0, topic),
    ERROR: (reason) => {
      throw new ProtocolViolation(`refused by the peer: ${reason.toString("latin1", 1)}`)
    },
  }

  #subscribe(wanted: 0 | 1, topic: Buffer): void {
    this.#options.message([Buffer.concat([Buffer.from([wanted]), topic])], topic.length, this)
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk)
    try {
      while (this.#received.length >= this.#needed && !this.#socket.destroyed)
        this.#advance(this.#received.take(this.#needed))
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error
      this.#refuse(error.message)
    }
  }

  #advance(bytes: Buffer): void {
    this.#needed = this.#conversation.next(bytes).value
  }

  /** Others may speak another protocol, or none: their connection ends, and a line says so. */
  #refuse(reason: string): void {
    if (this.#socket.destroyed) return
    this.#options.log(`closed a connection: ${reason}`)
    this.#socket.destroy()
  }

  #checkEnd(): void {
    if (this.#received.length > 0) this.#refuse("ended in the middle of a frame")
  }

  #write(chunks: readonly Uint8Array[]): void {
    if (this.#socket.destroyed) return
    this.#unsent++
    // One write for all messages of this turn of the event loop.
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
    chunks.forEach((chunk, i) => {
      this.#socket.write(chunk, i === chunks.length - 1 ? () => this.#wrote() : undefined)
    })
  }

  #wrote(): void {
    this.#unsent--
    this.#stalled = false
    if (this.#unsent === 0) this.#flush?.done()
  }

  #gone(): void {
    this.#flush?.done()
    this.#options.closed?.(this)
  }
}
