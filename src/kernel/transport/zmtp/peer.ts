import type { Socket } from "node:net"
import type { Log } from "../transport.js"
import { ByteQueue } from "./byte-queue.js"
import { Assembly, encodeCommand, type Frame, readCommand, readFrame } from "./frames.js"
import { checkGreeting, checkSignature, greeting, greetingRest, signatureLength } from "./greeting.js"
import type { Pausable } from "./inbox.js"
import { encodeMetadata, readIdentity, type SocketType } from "./metadata.js"
import { Outgoing } from "./outgoing.js"
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

/** One connection: the handshake, then messages in both directions. */
export class Peer implements Pausable {
  /** The name that the other side gave itself; empty if it did not. */
  identity: Buffer = Buffer.alloc(0)
  readonly #socket: Socket
  readonly #options: PeerOptions
  readonly #outgoing: Outgoing
  readonly #incoming = new ByteQueue()
  readonly #conversation = this.#converse()
  #needed = 0
  #phase: "silence" | "handshake" | "messages" | "over" = "silence"

  constructor(socket: Socket, options: PeerOptions) {
    this.#socket = socket
    this.#options = options
    this.#outgoing = new Outgoing(socket)
    socket.setNoDelay(true)
    socket.setTimeout(handshakeMs, () => this.#refuse("no handshake"))
    socket.on("data", (chunk) => this.#receive(chunk))
    socket.on("end", () => {
      if (this.#phase === "messages" && this.#incoming.length > 0) this.#refuse("ended inside a frame")
    })
    // That a peer is gone is nothing to report: "close" comes next.
    socket.on("error", () => {})
    socket.on("close", () => {
      // So ends libzmq what it will not talk with, as one who wants encryption.
      if (this.#phase === "handshake") this.#refuse("the peer ended the handshake")
      options.closed?.(this)
    })
    this.#outgoing.write([greeting])
    this.#advance(Buffer.alloc(0))
  }

  /** Sends an encoded message. */
  send(chunks: readonly Uint8Array[]): void {
    this.#outgoing.write(chunks)
  }

  /** Resolves when everything sent has left, or when the peer takes so long that nobody should wait for it. */
  flushed(): Promise<void> {
    return this.#outgoing.flushed()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the connection when everything sent has left, or after a while. */
  close(): Promise<void> {
    this.#phase = "over"
    return this.#outgoing.close()
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#phase = "over"
    this.#socket.destroy()
  }

  /** Everything the other side may say, from its first byte on. Yields how many bytes it needs and is given them. */
  *#converse(): Generator<number, never, Buffer> {
    checkSignature(yield signatureLength)
    this.#phase = "handshake"
    checkGreeting(yield greetingRest)
    const { type, identity = "" } = this.#options
    this.#outgoing.write([encodeCommand("READY", encodeMetadata(type, identity))])
    this.#introduce(yield* readFrame(0))
    let message = new Assembly()
    for (;;) {
      const { kind, body } = yield* readFrame(message.bytes)
      // libzmq puts its PING between the frames of a message, too.
      if (kind === "command") this.#obey(body)
      else message.add(body)
      if (kind !== "last") continue
      this.#options.message(message.frames, message.bytes, this)
      message = new Assembly()
    }
  }

  #introduce({ kind, body }: Frame): void {
    if (kind !== "command") throw new ProtocolViolation("message before READY")
    const { name, body: metadata } = readCommand(body)
    if (name === "ERROR") this.#obey(body)
    if (name !== "READY") throw new ProtocolViolation(`${JSON.stringify(name)} before READY`)
    this.identity = readIdentity(metadata, this.#options.type)
    this.#socket.setTimeout(0)
    this.#phase = "messages"
    this.#options.ready(this)
  }

  /** Commands that nobody here knows are for those who do. */
  #obey(command: Buffer): void {
    const { name, body } = readCommand(command)
    switch (name) {
      case "PING":
        // After two bytes with a time to live comes what the peer wants to hear again.
        this.#outgoing.write([encodeCommand("PONG", body.subarray(2))])
        break
      case "SUBSCRIBE":
        this.#subscribe(1, body)
        break
      case "CANCEL":
        this.#subscribe(0, body)
        break
      case "ERROR":
        throw new ProtocolViolation(`refused by the peer: ${JSON.stringify(body.toString("latin1", 1))}`)
    }
  }

  #subscribe(wanted: 0 | 1, topic: Buffer): void {
    this.#options.message([Buffer.concat([Buffer.from([wanted]), topic])], topic.length, this)
  }

  #receive(chunk: Buffer): void {
    this.#incoming.push(chunk)
    try {
      while (this.#incoming.length >= this.#needed && this.#phase !== "over")
        this.#advance(this.#incoming.take(this.#needed))
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
    if (this.#phase === "over") return
    this.#phase = "over"
    this.#options.log(`closed a connection: ${reason}`)
    this.#socket.destroy()
  }
}
