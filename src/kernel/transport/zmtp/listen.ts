import { once } from "node:events"
import { unlinkSync } from "node:fs"
import { type AddressInfo, createConnection, createServer } from "node:net"
import type { Bound } from "../transport.js"
import { parseAddress } from "./address.js"
import { Peer, type PeerOptions } from "./peer.js"

/** What listens at an address, with everybody who has connected to it. */
export interface Listener extends Bound {
  drained(): Promise<void>
}

/** Listens at an address. A Unix socket that a dead process left behind is replaced, as libzmq does it. */
export async function listen(text: string, options: PeerOptions): Promise<Listener> {
  const address = parseAddress(text)
  const peers = new Set<Peer>()
  const closed = (peer: Peer) => {
    peers.delete(peer)
    options.closed?.(peer)
  }
  const server = createServer((socket) => peers.add(new Peer(socket, { ...options, closed })))
  const begin = async () => {
    server.listen(address)
    await once(server, "listening")
  }
  try {
    await begin()
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE"
    if (!inUse || !("path" in address) || (await answers(address.path))) throw error
    unlinkSync(address.path)
    await begin()
  }
  server.on("error", (error) => options.log(`listening at ${text}: ${error.message}`))
  const each = async (act: (peer: Peer) => Promise<void>) => {
    await Promise.all([...peers].map(act))
  }
  return {
    address: "path" in address ? text : text.replace(/\d+$/, String((server.address() as AddressInfo).port)),
    drained: () => each((peer) => peer.flushed()),
    close() {
      server.close()
      return each((peer) => peer.close())
    },
  }
}

function answers(path: string): Promise<boolean> {
  const socket = createConnection({ path })
  return new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true))
    socket.once("error", () => resolve(false))
  }).finally(() => socket.destroy())
}
