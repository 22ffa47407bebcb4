import type { Dealer, DealerOptions, Log } from "../transport.js"
import { dial } from "./dial.js"
import { encodeMessage } from "./frames.js"
import { Inbox } from "./inbox.js"
import type { Peer } from "./peer.js"

/** DEALER: sends to the one router it is connected with, and keeps what it cannot send yet. */
export function connectDealer(address: string, { routingId }: DealerOptions, log: Log): Dealer {
  const inbox = new Inbox<Uint8Array[]>()
  const waiting: Uint8Array[][] = []
  let router: Peer | undefined
  let closing = false
  const connection = dial(address, {
    type: "DEALER",
    identity: routingId,
    log,
    ready(peer) {
      router = peer
      for (const chunks of waiting.splice(0)) peer.send(chunks)
    },
    message: (frames, bytes, peer) => inbox.push(frames, bytes, peer),
    closed() {
      router = undefined
    },
  })
  const drained = async () => router?.flushed()
  return {
    send(frames) {
      const chunks = encodeMessage(frames)
      if (router) router.send(chunks)
      else if (!closing) waiting.push(chunks)
      return drained()
    },
    drained,
    [Symbol.asyncIterator]: () => inbox[Symbol.asyncIterator](),
    close() {
      closing = true
      inbox.close()
      return connection.close()
    },
  }
}
