import { createConnection } from "node:net"
import type { Closable } from "../transport.js"
import { parseAddress } from "./address.js"
import { Peer, type PeerOptions } from "./peer.js"

/** How long after a connection broke, or did not come about, the next one is tried. */
const retryMs = 50

/** Keeps a connection to an address, also before anybody listens there and after it broke. */
export function dial(text: string, options: PeerOptions): Closable {
  const address = parseAddress(text)
  let again: NodeJS.Timeout | undefined
  let said = ""
  // A peer that cannot be talked with is tried again and again, and named once.
  const log = (line: string) => {
    if (line !== said) options.log(`${text}: ${line}`)
    said = line
  }
  const closed = (peer: Peer) => {
    options.closed?.(peer)
    again = setTimeout(() => {
      peer_ = connect()
    }, retryMs)
  }
  const connect = () => new Peer(createConnection(address), { ...options, log, closed })
  let peer_ = connect()
  return {
    async close() {
      options.closed = undefined
      clearTimeout(again)
      await peer_.close()
      clearTimeout(again)
    },
  }
}
