import { spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type {
  Closable,
  Dealer,
  DealerOptions,
  Frames,
  Publisher,
  Receiver,
  Router,
  Sender,
  Subscriber,
  Transport,
} from "../../../src/kernel/transport/transport.js"
import { ByteQueue, owned } from "../../../src/kernel/transport/zmtp/byte-queue.js"
import { Inbox } from "../../../src/kernel/transport/zmtp/inbox.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const python = join(root, ".venv", "bin", "python")
const script = fileURLToPath(new URL("pyzmq_socket.py", import.meta.url))

/** What a client must have to be heard by a server with CurveZMQ keys. */
export interface ClientKeys {
  curve_serverkey: string
  curve_publickey: string
  curve_secretkey: string
}

/** The sockets of Python's Jupyter, each in a process of its own: the peers that kernels meet. */
export class PyzmqTransport implements Transport {
  readonly name = "zeromq"
  readonly detail = "pyzmq"
  readonly curve = false

  constructor(readonly keys?: ClientKeys) {}

  async bindRouter(address: string): Promise<Router> {
    const socket = start("ROUTER", "bind", address, {})
    return { ...socket, address: await socket.address }
  }

  async bindPublisher(address: string): Promise<Publisher> {
    const socket = start("XPUB", "bind", address, {})
    return { ...socket, address: await socket.address, subscriptions: subscriptions(socket) }
  }

  connectDealer(address: string, options: DealerOptions = {}): Dealer {
    return start("DEALER", "connect", address, { ...options, curve: this.keys })
  }

  connectSubscriber(address: string, topics: readonly string[] = [""]): Subscriber {
    return start("SUB", "connect", address, { topics, curve: this.keys })
  }
}

type Process = Sender & Receiver & Closable & { address: Promise<string> }

function start(kind: string, verb: "bind" | "connect", address: string, options: object): Process {
  const args = [script, kind, verb, address, JSON.stringify(options)]
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] })
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", () => resolve())
  })
  const inbox = new Inbox<Uint8Array[]>()
  const bytes = new ByteQueue()
  const reading = readMessages((frames) => inbox.push(frames, 0, child.stdout))
  let needed = reading.next().value
  child.stdout.on("data", (chunk: Buffer) => {
    bytes.push(chunk)
    while (bytes.length >= needed) needed = reading.next(bytes.take(needed)).value
  })
  // Messages may be on their way when a test is over.
  child.stdin.on("error", () => {})
  const messages = inbox[Symbol.asyncIterator]()
  let last: Promise<void> = Promise.resolve()
  return {
    address: messages.next().then(({ value }) => Buffer.concat(value ?? []).toString()),
    send(frames) {
      last = new Promise((resolve) => child.stdin.write(encode(frames), () => resolve()))
      return last
    },
    drained: () => last,
    [Symbol.asyncIterator]: () => messages,
    async close() {
      inbox.close()
      child.stdin.end()
      await ended
    },
  }
}

function* readMessages(received: (frames: Buffer[]) => void): Generator<number, never, Buffer> {
  for (;;) {
    const frames: Buffer[] = []
    for (let left = (yield 4).readUInt32BE(); left > 0; left--)
      frames.push(owned(yield (yield 4).readUInt32BE()))
    received(frames)
  }
}

function encode(frames: Frames): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  return Buffer.concat([number(frames.length), ...frames.flatMap((frame) => [number(frame.length), frame])])
}

async function* subscriptions(events: Receiver): AsyncGenerator<Uint8Array> {
  for await (const [event] of events) if (event?.[0] === 1) yield event.subarray(1)
}
