import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createConnection, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Publisher, Router } from "../../../src/kernel/transport/transport.js"
import { parseAddress } from "../../../src/kernel/transport/zmtp/address.js"
import { ByteQueue, owned } from "../../../src/kernel/transport/zmtp/byte-queue.js"
import {
  encodeCommand,
  encodeMessage,
  maxMessageBytes,
  readFrame,
} from "../../../src/kernel/transport/zmtp/frames.js"
import { greeting } from "../../../src/kernel/transport/zmtp/greeting.js"
import { highWaterBytes, Inbox } from "../../../src/kernel/transport/zmtp/inbox.js"
import { encodeMetadata, type SocketType } from "../../../src/kernel/transport/zmtp/metadata.js"
import { ZmtpTransport } from "../../../src/kernel/transport/zmtp/zmtp-transport.js"

/** A peer that can say anything: it writes bytes, and keeps those that come. */
class RawPeer {
  readonly received: Buffer[] = []
  readonly closed: Promise<unknown>

  constructor(readonly socket: Socket) {
    socket.on("data", (chunk) => this.received.push(chunk))
    this.closed = once(socket, "close")
  }

  static async connect({ address }: { address: string }): Promise<RawPeer> {
    const socket = createConnection(Number(address.split(":").at(-1)), "127.0.0.1")
    await once(socket, "connect")
    return new RawPeer(socket)
  }

  say(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts))
  }

  has(bytes: Uint8Array): boolean {
    return Buffer.concat(this.received).includes(Buffer.from(bytes))
  }

  /** Waits until what has come contains these bytes. */
  async hears(bytes: Uint8Array): Promise<void> {
    while (!this.has(bytes)) await once(this.socket, "data")
  }
}

const logged: string[] = []
const zmtp = new ZmtpTransport((line) => logged.push(line))
let router: Router
let publisher: Publisher
beforeEach(async () => {
  logged.length = 0
  router = await zmtp.bindRouter("tcp://127.0.0.1:0")
  publisher = await zmtp.bindPublisher("tcp://127.0.0.1:0")
})
afterEach(() => Promise.all([router.close(), publisher.close()]))

const ready = (type: SocketType, identity = "") => encodeCommand("READY", encodeMetadata(type, identity))
const message = (...frames: string[]) =>
  Buffer.concat(encodeMessage(frames.map((frame) => Buffer.from(frame))))
const text = (frames: readonly Uint8Array[] | undefined) =>
  frames?.map((frame) => Buffer.from(frame).toString())
const next = async (messages: AsyncIterable<Uint8Array[]>) =>
  text((await messages[Symbol.asyncIterator]().next()).value)

/** A greeting with some of its bytes changed. */
function greetingWith(at: number, ...bytes: number[]): Buffer {
  const changed = Buffer.from(greeting)
  changed.set(bytes, at)
  return changed
}

describe("a peer that says", () => {
  const wrong: [what: string, said: Uint8Array[], reason: string][] = [
    ["something else than ZMTP", [Buffer.from("GET / HTTP/1.1\r\n\r\n")], "not a ZMTP peer"],
    ["an old version", [greetingWith(10, 1)], "ZMTP 1 is too old"],
    [
      "that it wants to encrypt",
      [greetingWith(12, ...Buffer.from("CURVE"))],
      'mechanism is not NULL: "CURVE"',
    ],
    ["a message before it has said who it is", [greeting, message("hello")], "message before READY"],
    ["another command first", [greeting, encodeCommand("PING", Buffer.alloc(2))], '"PING" before READY'],
    ["that it is no peer for a router", [greeting, ready("SUB")], 'ROUTER cannot talk with "SUB"'],
    ["half of who it is", [greeting, encodeCommand("READY", Buffer.from("\x0bSocket"))], "READY is cut off"],
    ["an identity that routers make up", [greeting, ready("DEALER", "\0\0\0\0\x01")], "identity not allowed"],
    ["that it has to go", [greeting, encodeCommand("ERROR", Buffer.from("\x03why"))], 'by the peer: "why"'],
    ["flags that do not exist", [greeting, ready("DEALER"), Buffer.from([8, 0])], "unknown flags: 8"],
    [
      "a command without a name",
      [greeting, ready("DEALER"), Buffer.from([4, 1, 9])],
      "command without a name",
    ],
    [
      "a size that nobody can hold",
      [greeting, ready("DEALER"), Buffer.from([2, 0x7f, 255, 255, 255, 255, 255, 255, 255])],
      "message is too large",
    ],
  ]
  for (const [what, said, reason] of wrong)
    it(`${what} is cut off with a line, and nobody else is`, async () => {
      const other = zmtp.connectDealer(router.address, { routingId: "other" })
      await other.send([Buffer.from("before")])
      expect(await next(router)).toEqual(["other", "before"])
      const peer = await RawPeer.connect(router)
      peer.say(...said)
      await peer.closed
      expect(logged).toEqual([expect.stringContaining(reason)])
      await other.send([Buffer.from("after")])
      expect(await next(router)).toEqual(["other", "after"])
      await other.close()
    })

  it("only half a frame is cut off with a line", async () => {
    const peer = await RawPeer.connect(router)
    peer.say(greeting, ready("DEALER"), Buffer.from([0, 100]), Buffer.from("not a hundred bytes"))
    peer.socket.end()
    await peer.closed
    expect(logged).toEqual(["closed a connection: ended inside a frame"])
  })

  it("half of its greeting is not waited for", async () => {
    const peer = await RawPeer.connect(router)
    peer.say(greeting.subarray(0, 30))
    peer.socket.end()
    await peer.closed
    expect(logged).toEqual(["closed a connection: the peer ended the handshake"])
  })

  it("nothing and goes is not worth a line", async () => {
    const peer = await RawPeer.connect(router)
    peer.socket.end()
    await peer.closed
    expect(logged).toEqual([])
  })

  it("one byte at a time is understood", async () => {
    const peer = await RawPeer.connect(router)
    peer.socket.setNoDelay(true)
    for (const byte of Buffer.concat([
      greeting,
      ready("DEALER", "slow"),
      message("a", "", "b".repeat(300)),
    ])) {
      peer.say(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await next(router)).toEqual(["slow", "a", "", "b".repeat(300)])
    peer.socket.destroy()
  })
})

describe("commands", () => {
  it("PING is answered with its context, also in the middle of a message", async () => {
    const peer = await RawPeer.connect(router)
    const [first, rest] = [Buffer.from([1, 1, 97]), message("b")]
    const ping = encodeCommand("PING", Buffer.from("\x00\x0acontext"))
    peer.say(greeting, ready("DEALER", "me"), first, ping, rest)
    await peer.hears(encodeCommand("PONG", Buffer.from("context")))
    expect(await next(router)).toEqual(["me", "a", "b"])
    peer.socket.destroy()
  })

  it("SUBSCRIBE and CANCEL do what messages do with older peers", async () => {
    const peer = await RawPeer.connect(publisher)
    const topic = Buffer.from("topic")
    const [twice, once_] = [encodeCommand("SUBSCRIBE", topic), message("\x01other")]
    peer.say(greeting, ready("SUB"), twice, twice, once_)
    const subscriptions = publisher.subscriptions[Symbol.asyncIterator]()
    const announced: string[] = []
    for (let i = 0; i < 3; i++)
      announced.push(Buffer.from((await subscriptions.next()).value ?? []).toString())
    expect(announced).toEqual(["topic", "topic", "other"])
    // Asked for twice and given up once: still wanted.
    peer.say(encodeCommand("CANCEL", topic), message("\x00other"), message("\x01mark 1"))
    await subscriptions.next()
    for (const line of ["other 1", "topic 1", "mark 1"]) await publisher.send([Buffer.from(line)])
    await peer.hears(message("mark 1"))
    peer.say(message("\x00topic"), message("\x01mark 2"))
    await subscriptions.next()
    for (const line of ["topic 2", "mark 2"]) await publisher.send([Buffer.from(line)])
    await peer.hears(message("mark 2"))
    const heard = ["other 1", "topic 1", "topic 2"].map((line) => peer.has(Buffer.from(line)))
    expect(heard).toEqual([false, true, false])
    peer.socket.destroy()
  })

  it("of other names are ignored, whatever the name", async () => {
    const peer = await RawPeer.connect(router)
    const commands = ["NEWS", "__proto__", "constructor"].map((name) => encodeCommand(name, Buffer.alloc(3)))
    peer.say(greeting, ready("DEALER", "me"), ...commands, message("still here"))
    expect(await next(router)).toEqual(["me", "still here"])
    expect(logged).toEqual([])
    peer.socket.destroy()
  })
})

describe("a reader that has stopped", () => {
  it("keeps neither the sender nor other readers from going on, and loses nothing", async () => {
    const stopped = await RawPeer.connect(publisher)
    stopped.say(greeting, ready("SUB"), message("\x01"))
    await stopped.hears(ready("XPUB"))
    await publisher.subscriptions[Symbol.asyncIterator]().next()
    stopped.socket.pause()
    const large = Buffer.alloc(32 * 2 ** 20, 7)
    await publisher.send([large])
    await publisher.send([Buffer.from("the end")])
    const end = message("the end")
    let missing = 9 + large.length + end.length
    const all = new Promise<Buffer>((resolve) => {
      stopped.socket.on("data", (chunk) => {
        missing -= chunk.length
        if (missing <= 0) resolve(chunk)
      })
    })
    stopped.socket.resume()
    expect((await all).subarray(-end.length).equals(end)).toBe(true)
    stopped.socket.destroy()
  })
})

describe("a path", () => {
  const folder = mkdtempSync(join(tmpdir(), "prelab-zmtp-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  it("that a killed process left behind is used again, one where somebody listens is not", async () => {
    const path = join(folder, "kernel-1")
    const code =
      "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))"
    spawnSync(process.execPath, ["--eval", code, path])
    expect(existsSync(path)).toBe(true)
    const bound = await zmtp.bindRouter(`ipc://${path}`)
    await expect(zmtp.bindRouter(`ipc://${path}`)).rejects.toThrow("EADDRINUSE")
    const dealer = zmtp.connectDealer(`ipc://${path}`, { routingId: "me" })
    await dealer.send([Buffer.from("hello")])
    expect(await next(bound)).toEqual(["me", "hello"])
    await Promise.all([dealer.close(), bound.close()])
  })
})

describe("an address", () => {
  it("is one of TCP or a path", () => {
    expect(parseAddress("tcp://127.0.0.1:5555")).toEqual({ host: "127.0.0.1", port: 5555 })
    expect(parseAddress("tcp://[::1]:0")).toEqual({ host: "::1", port: 0 })
    expect(parseAddress("ipc:///tmp/kernel-1")).toEqual({ path: "/tmp/kernel-1" })
    for (const text of ["tcp://127.0.0.1", "tcp://127.0.0.1:70000", "inproc://x", "ipc://"])
      expect(() => parseAddress(text)).toThrow(`unusable socket address: ${text}`)
  })
})

describe("an inbox", () => {
  it("stops a connection that is ahead of its reader, and lets it go on when the reader has caught up", async () => {
    const calls: string[] = []
    const connection = { pause: () => calls.push("pause"), resume: () => calls.push("resume") }
    const inbox = new Inbox<number>()
    for (let i = 0; i < 4; i++) inbox.push(i, highWaterBytes / 2, connection)
    expect(calls).toEqual(["pause"])
    inbox.close()
    const read: [number, string | undefined][] = []
    for await (const value of inbox) read.push([value, calls.at(-1)])
    expect(read).toEqual([
      [0, "pause"],
      [1, "pause"],
      [2, "resume"],
      [3, "resume"],
    ])
    expect(calls).toEqual(["pause", "resume"])
  })
})

describe("frames", () => {
  it("of one message are together no larger than a message may be", () => {
    const [before, size] = [maxMessageBytes - 255, 255]
    const reading = (bytes: number) => {
      const frame = readFrame(bytes)
      frame.next()
      return () => frame.next(Buffer.from([0, size]))
    }
    expect(reading(before)()).toEqual({ done: false, value: size })
    expect(reading(before + 1)).toThrow("message is too large")
  })
})

describe("bytes", () => {
  it("come out in pieces that do not depend on how they came in", () => {
    const all = Buffer.from(Array.from({ length: 200 }, (_, i) => i))
    for (const size of [1, 3, 64, 200]) {
      const queue = new ByteQueue()
      for (let at = 0; at < all.length; at += size) queue.push(all.subarray(at, at + size))
      const pieces = [0, 1, 9, 100, 90, 0].map((count) => queue.take(count))
      expect(Buffer.concat(pieces).equals(all)).toBe(true)
      expect(queue.length).toBe(0)
    }
  })

  it("of a frame have their memory to themselves", () => {
    const own = owned(Buffer.from("in a pool").subarray(3))
    expect([own.toString(), own.byteOffset, own.buffer.byteLength]).toEqual(["a pool", 0, 6])
  })

  it("of a large frame are passed on, those of small ones put together", () => {
    const large = Buffer.alloc(100_000)
    const chunks = encodeMessage([Buffer.from("a"), large, Buffer.from("b"), Buffer.from("c")])
    expect(chunks.map((chunk) => chunk.length)).toEqual([2 + 1 + 9, 100_000, 2 * (2 + 1)])
    expect(chunks[1]).toBe(large)
  })
})
