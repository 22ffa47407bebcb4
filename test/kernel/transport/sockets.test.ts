import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, describe, expect, it } from "vitest"
import { chooseTransport } from "../../../src/kernel/transport/choose-transport.js"
import { echo } from "../../../src/kernel/transport/echo.js"
import type { Closable, Frames, Transport } from "../../../src/kernel/transport/transport.js"
import { freePorts } from "../client.js"
import { PyzmqTransport } from "./pyzmq-transport.js"

// Every transport as server and as client of every other, and of Jupyter's own.

const logged: string[] = []
const log = (line: string) => void logged.push(line)
const zeromq = chooseTransport(log, "zeromq").transport
const zmtp = chooseTransport(log, "zmtp").transport
const pyzmq = new PyzmqTransport()

const pairs: [string, Transport, Transport][] = [
  ["a zeromq server and a zeromq client", zeromq, zeromq],
  ["a zeromq server and a zmtp client", zeromq, zmtp],
  ["a zmtp server and a zeromq client", zmtp, zeromq],
  ["a zmtp server and a zmtp client", zmtp, zmtp],
  ["a pyzmq server and a zmtp client", pyzmq, zmtp],
  ["a zmtp server and a pyzmq client", zmtp, pyzmq],
  ["a zeromq server and a pyzmq client", zeromq, pyzmq],
]

const anyPort = "tcp://127.0.0.1:0"

const open: Closable[] = []
const folders: string[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  expect(logged.splice(0)).toEqual([])
})

/** Closes it when the test is over. */
function closing<T extends Closable>(socket: T): T {
  open.push(socket)
  return socket
}

/** The next value of a loop over a socket that several places of a test take part in. */
function reader<T>(values: AsyncIterable<T>): () => Promise<T> {
  const iterator = values[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await iterator.next()
    if (done) throw new Error("the socket has ended")
    return value
  }
}

const text = (frames: Frames) => frames.map((frame) => Buffer.from(frame).toString())
const bytes = (...frames: string[]) => frames.map((frame) => Buffer.from(frame))

/** Binds where another socket has just been: libzmq frees an address some time after its socket is closed. */
async function bindAgain<T>(bind: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await bind()
    } catch (error) {
      if (!/in use/i.test(String(error))) throw error
      await sleep(20)
    }
  }
}

describe.each(pairs)("%s", (_, server, client) => {
  const bindRouter = async (address = anyPort) => closing(await server.bindRouter(address))
  const bindPublisher = async (address = anyPort) => closing(await server.bindPublisher(address))

  it("exchange frames of all sizes, empty ones too, whole and in their order", async () => {
    const router = await bindRouter()
    void echo(router)
    const dealer = closing(client.connectDealer(router.address))
    const message = [0, 1, 0, 255, 256, 4096, 4097, 70_000, 0].map((size) => randomBytes(size))
    await dealer.send(message)
    await dealer.send(bytes("next"))
    const next = reader(dealer)
    expect(Buffer.concat(await next()).equals(Buffer.concat(message))).toBe(true)
    expect(text(await next())).toEqual(["next"])
  })

  it("exchange frames of 20 MB in both directions", async () => {
    const router = await bindRouter()
    void echo(router)
    const dealer = closing(client.connectDealer(router.address))
    const large = randomBytes(20_000_000)
    await dealer.send([...bytes("before"), large, ...bytes("after")])
    const [before, back, after] = await reader(dealer)()
    expect(text([before!, after!])).toEqual(["before", "after"])
    expect(large.equals(back!)).toBe(true)
  })

  it("know each other by the identity that a client gives itself, or by one of its own", async () => {
    const router = await bindRouter()
    const named = closing(client.connectDealer(router.address, { routingId: "session-1" }))
    const [first, second] = [1, 2].map(() => closing(client.connectDealer(router.address)))
    const received = reader(router)
    await named.send(bytes("named"))
    expect(text(await received())).toEqual(["session-1", "named"])
    await first!.send(bytes("a"))
    const [a] = await received()
    await second!.send(bytes("b"))
    const [b] = await received()
    expect(Buffer.from(a!).equals(b!)).toBe(false)
    await router.send([b!, ...bytes("for b")])
    await router.send([a!, ...bytes("for a")])
    await router.send(bytes("session-1", "for named"))
    await router.send(bytes("nobody", "lost"))
    const answers = await Promise.all([first!, second!, named].map((dealer) => reader(dealer)()))
    expect(answers.map(text)).toEqual([["for a"], ["for b"], ["for named"]])
  })

  it("give an identity to the client that came last", async () => {
    const router = await bindRouter()
    const received = reader(router)
    const gone = client.connectDealer(router.address, { routingId: "same" })
    await gone.send(bytes("first"))
    await received()
    const dealer = closing(client.connectDealer(router.address, { routingId: "same" }))
    await gone.close()
    await dealer.send(bytes("second"))
    expect(text(await received())).toEqual(["same", "second"])
    await router.send(bytes("same", "answer"))
    expect(text(await reader(dealer)())).toEqual(["answer"])
  })

  it("serve many clients at once, each with its own answers in its order", async () => {
    const router = await bindRouter()
    void echo(router)
    const dealers = Array.from({ length: 8 }, () => closing(client.connectDealer(router.address)))
    const heard = dealers.map(async (dealer, i) => {
      const sent = Array.from({ length: 50 }, (_, n) => `${i}: ${n}`)
      for (const line of sent) void dealer.send(bytes(line))
      const next = reader(dealer)
      const answers: string[] = []
      for (const _ of sent) answers.push(...text(await next()))
      expect(answers).toEqual(sent)
    })
    await Promise.all(heard)
  })

  it("meet although the client comes first", async () => {
    const [port] = await freePorts(1)
    const address = `tcp://127.0.0.1:${port}`
    const dealer = closing(client.connectDealer(address))
    void dealer.send(bytes("early"))
    const router = await bindRouter(address)
    expect(text((await reader(router)()).slice(1))).toEqual(["early"])
  })

  it("meet again after the server was away", async () => {
    const before = {
      router: await server.bindRouter(anyPort),
      publisher: await server.bindPublisher(anyPort),
    }
    const dealer = closing(client.connectDealer(before.router.address, { routingId: "me" }))
    const subscriber = closing(client.connectSubscriber(before.publisher.address, ["t"]))
    await dealer.send(bytes("1"))
    await reader(before.router)()
    await reader(before.publisher.subscriptions)()
    // libzmq tells a new publisher its topics only while somebody reads.
    const heard = reader(subscriber)()
    await Promise.all([before.router.close(), before.publisher.close()])
    const router = await bindAgain(() => bindRouter(before.router.address))
    const publisher = await bindAgain(() => bindPublisher(before.publisher.address))
    // The subscription comes again by itself; the other side's first message may go down with the old connection.
    expect(text([await reader(publisher.subscriptions)()])).toEqual(["t"])
    await publisher.send(bytes("t2", "heard"))
    expect(text(await heard)).toEqual(["t2", "heard"])
    const asking = setInterval(() => void dealer.send(bytes("2")), 20)
    expect(text(await reader(router)())).toEqual(["me", "2"])
    clearInterval(asking)
    // A socket of libzmq that is being closed may still take a connection, and end it at once.
    const others = logged.splice(0).filter((line) => !line.endsWith("the peer ended the handshake"))
    expect(others).toEqual([])
  })

  it("publish to those whose topic is the beginning of a message", async () => {
    const publisher = await bindPublisher()
    const subscribed = reader(publisher.subscriptions)
    const subscribe = async (...topics: string[]) => {
      const subscriber = closing(client.connectSubscriber(publisher.address, topics))
      const announced: string[] = []
      for (const _ of topics) announced.push(...text([await subscribed()]))
      expect(announced.sort()).toEqual(topics)
      return reader(subscriber)
    }
    const everything = await subscribe("")
    const some = await subscribe("kernel.1.", "x")
    // The same topic again is announced again: every client waits for its own welcome.
    const same = await subscribe("x")
    for (const topic of ["kernel.1.stream", "kernel.2.stream", "kernel.1", "x", "", "y"])
      await publisher.send(bytes(topic, "content"))
    await publisher.send(bytes("x.end"))
    const heard = async (next: () => Promise<Frames>) => {
      const topics: string[] = []
      do topics.push(text(await next())[0]!)
      while (topics.at(-1) !== "x.end")
      return topics
    }
    expect(await heard(everything)).toEqual([
      "kernel.1.stream",
      "kernel.2.stream",
      "kernel.1",
      "x",
      "",
      "y",
      "x.end",
    ])
    expect(await heard(some)).toEqual(["kernel.1.stream", "x", "x.end"])
    expect(await heard(same)).toEqual(["x", "x.end"])
  })

  it("lose none of 20,000 messages that nobody waits for", async () => {
    const publisher = await bindPublisher()
    const subscriber = closing(client.connectSubscriber(publisher.address))
    await reader(publisher.subscriptions)()
    const count = 20_000
    for (let i = 0; i < count; i++) void publisher.send(bytes("topic", String(i)))
    const next = reader(subscriber)
    for (let i = 0; i < count; i++) expect(Buffer.from((await next())[1]!).toString()).toBe(String(i))
  })

  it("keep what a slow client has not read yet", async () => {
    const publisher = await bindPublisher()
    const subscriber = closing(client.connectSubscriber(publisher.address))
    await reader(publisher.subscriptions)()
    const megabyte = randomBytes(2 ** 20)
    for (let i = 0; i < 40; i++) void publisher.send([...bytes(String(i)), megabyte])
    // A client that reads nothing keeps nobody from going on.
    await publisher.drained()
    const next = reader(subscriber)
    for (let i = 0; i < 40; i++) {
      const [number, content] = await next()
      expect([text([number!])[0], megabyte.equals(content!)]).toEqual([String(i), true])
    }
  })

  it("send the rest before they close", async () => {
    const router = await bindRouter()
    const dealer = client.connectDealer(router.address, { routingId: "me" })
    await dealer.send(bytes("hello"))
    const received = reader(router)
    await received()
    const large = randomBytes(5_000_000)
    void dealer.send([large])
    await dealer.close()
    expect(large.equals((await received())[1]!)).toBe(true)
    // There is nothing to send to any more, and no way to be told so.
    await dealer.send(bytes("late"))
  })

  it("meet at a path of the file system", async () => {
    const folder = mkdtempSync(join(tmpdir(), "prelab-ipc-"))
    folders.push(folder)
    const address = `ipc://${join(folder, "kernel-1")}`
    const router = await bindRouter(address)
    expect(router.address).toBe(address)
    void echo(router)
    const dealer = closing(client.connectDealer(address))
    await dealer.send(bytes("over", "a path"))
    expect(text(await reader(dealer)())).toEqual(["over", "a path"])
  })
})
