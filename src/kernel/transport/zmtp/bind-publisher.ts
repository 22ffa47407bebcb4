import type { Log, Publisher } from "../transport.js"
import { encodeMessage } from "./frames.js"
import { Inbox } from "./inbox.js"
import { listen } from "./listen.js"
import type { Peer } from "./peer.js"

/** XPUB: keeps what every peer wants to hear, and sends each message to those whose topics it begins with. */
export async function bindPublisher(address: string, log: Log): Promise<Publisher> {
  const topics = new Map<Peer, Buffer[]>()
  const subscriptions = new Inbox<Uint8Array>()
  const listener = await listen(address, {
    type: "XPUB",
    log,
    ready: (peer) => topics.set(peer, []),
    message([event], bytes, peer) {
      const wanted = topics.get(peer)
      const topic = event?.subarray(1)
      if (!wanted || !topic) return
      if (event![0] === 1) {
        wanted.push(topic)
        subscriptions.push(topic, bytes, peer)
      } else if (event![0] === 0) {
        // A topic that was asked for twice is wanted until it is given up twice.
        const at = wanted.findIndex((other) => other.equals(topic))
        if (at >= 0) wanted.splice(at, 1)
      }
    },
    closed: (peer) => topics.delete(peer),
  })
  return {
    ...listener,
    subscriptions,
    async send(frames) {
      const readers = [...topics].filter(([, wanted]) => wanted.some((topic) => begins(frames[0], topic)))
      const chunks = encodeMessage(frames)
      for (const [peer] of readers) peer.send(chunks)
      await Promise.all(readers.map(([peer]) => peer.flushed()))
    },
    close() {
      subscriptions.close()
      return listener.close()
    },
  }
}

function begins(frame: Uint8Array | undefined, topic: Buffer): boolean {
  return frame !== undefined && topic.equals(frame.subarray(0, topic.length))
}
