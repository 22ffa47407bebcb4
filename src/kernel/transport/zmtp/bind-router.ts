import type { Log, Router } from "../transport.js"
import { encodeMessage } from "./frames.js"
import { Inbox } from "./inbox.js"
import { listen } from "./listen.js"
import type { Peer } from "./peer.js"

/** ROUTER: gives every peer a name, puts it before what arrives, and takes it off what is sent. */
export async function bindRouter(address: string, log: Log): Promise<Router> {
  const known = new Map<string, Peer>()
  const inbox = new Inbox<Uint8Array[]>()
  let unnamed = 0
  const listener = await listen(address, {
    type: "ROUTER",
    log,
    ready(peer) {
      if (peer.identity.length === 0) peer.identity = madeUp(++unnamed)
      const name = nameOf(peer.identity)
      const before = known.get(name)
      known.set(name, peer)
      // A client that comes back takes its identity over from a connection that nobody has noticed is dead.
      before?.destroy()
    },
    message: (frames, bytes, peer) => inbox.push([peer.identity, ...frames], bytes, peer),
    closed(peer) {
      const name = nameOf(peer.identity)
      if (known.get(name) === peer) known.delete(name)
    },
  })
  return {
    ...listener,
    async send([identity, ...frames]) {
      // Without such a peer there is nobody to tell: clients come and go.
      const peer = identity && known.get(nameOf(identity))
      peer?.send(encodeMessage(frames))
      await peer?.flushed()
    },
    [Symbol.asyncIterator]: () => inbox[Symbol.asyncIterator](),
    close() {
      inbox.close()
      return listener.close()
    },
  }
}

/** As libzmq does it: a 0, with which no given identity begins, and a number. */
function madeUp(n: number): Buffer {
  const identity = Buffer.alloc(5)
  identity.writeUInt32BE(n, 1)
  return identity
}

function nameOf(identity: Uint8Array): string {
  return Buffer.from(identity.buffer, identity.byteOffset, identity.byteLength).toString("latin1")
}
