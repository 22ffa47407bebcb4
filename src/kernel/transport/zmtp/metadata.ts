import { shortText } from "./frames.js"
import { ProtocolViolation } from "./protocol-violation.js"

/** The kinds of sockets that meet here. */
export type SocketType = "ROUTER" | "DEALER" | "XPUB" | "SUB"

/** Whom each kind of socket talks with. */
export const partners: Readonly<Record<SocketType, readonly string[]>> = {
  ROUTER: ["DEALER", "REQ"],
  DEALER: ["ROUTER", "REP"],
  XPUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
}

/** The properties of READY: name with a length of 1 byte, value with one of 4. */
export function encodeMetadata(socketType: SocketType, identity: string): Buffer {
  return Buffer.concat([property("Socket-Type", socketType), property("Identity", identity)])
}

function property(name: string, value: string): Buffer {
  const bytes = Buffer.from(value)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes.length)
  return Buffer.concat([shortText(name), size, bytes])
}

/** The identity in a READY; empty where there is none. Refuses a peer that no socket of this type talks with. */
export function readIdentity(body: Buffer, own: SocketType): Buffer {
  const properties = new Map<string, Buffer>()
  for (let at = 0; at < body.length; ) {
    const value = at + 1 + body[at]! + 4
    if (value > body.length) throw new ProtocolViolation("READY is cut off")
    const end = value + body.readUInt32BE(value - 4)
    if (end > body.length) throw new ProtocolViolation("READY is cut off")
    // Names are the same in capitals and small letters.
    properties.set(body.toString("latin1", at + 1, value - 4).toLowerCase(), body.subarray(value, end))
    at = end
  }
  const socketType = properties.get("socket-type")?.toString("latin1") ?? "none"
  if (!partners[own].includes(socketType))
    throw new ProtocolViolation(`${own} cannot talk with ${JSON.stringify(socketType)}`)
  const identity = properties.get("identity") ?? Buffer.alloc(0)
  // Identities that begin with 0 are those that a router makes up.
  if (identity.length > 255 || identity[0] === 0) throw new ProtocolViolation("identity not allowed")
  return identity
}
