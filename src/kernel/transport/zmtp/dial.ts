import { createConnection } from "node:net"
import type { Closable } from "../transport.js"
import { parseAddress } from "./address.js"
import { Peer, type PeerOptions } from "./peer.js"

/** How long after a connection broke, or did not come about, the next one is tried. */
const retryMs = 50

/** Keeps a connection to an address, also before anybody listens there and after it broke. */
export function dial(text: string, options: PeerOptions): Closable {
  const address = parseAddress(text)
  let closing = false
  let retry: NodeJS.Timeout | undefined
  let said = ""
  // A peer that cannot be talked with is tried again and again, and named once.
  const log = (line: string) => {
    if (line !== said) options.log(`${text}: ${line}`)
    said = line
  }
  const closed = (peer: Peer) => {
    options.closed?.(peer)
    if (!closing) retry = setTimeout(connect, retryMs)
  }
  let peer: Peer
  const connect = () => {
    const socket = createConnection(address)
    socket.once("connect", () => {
      // Where nobody listens yet, TCP may pick the port itself as the near end and connect a socket with itself.
      if (socket.localPort !== undefined && socket.localPort === socket.remotePort) socket.destroy()
    })
    peer = new Peer(socket, { ...options, log, closed })
  }
  connect()
  return {
    close() {
      closing = true
      clearTimeout(retry)
      return peer.close()
    },
  }
}
