import type { Log, Subscriber } from "../transport.js"
import { dial } from "./dial.js"
import { encodeMessage } from "./frames.js"
import { Inbox } from "./inbox.js"

/** SUB: tells the publisher its topics on every connection, and hears what begins with one of them. */
export function connectSubscriber(address: string, topics: readonly string[], log: Log): Subscriber {
  const inbox = new Inbox<Uint8Array[]>()
  const subscriptions = topics.map((topic) => encodeMessage([Buffer.from(`\x01${topic}`)]))
  const connection = dial(address, {
    type: "SUB",
    log,
    ready(peer) {
      for (const chunks of subscriptions) peer.send(chunks)
    },
    message: (frames, bytes, peer) => inbox.push(frames, bytes, peer),
  })
  return {
    [Symbol.asyncIterator]: () => inbox[Symbol.asyncIterator](),
    close() {
      inbox.close()
      return connection.close()
    },
  }
}
