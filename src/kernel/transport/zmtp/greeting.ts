import { ProtocolViolation } from "./protocol-violation.js"

/** The first bytes tell ZMTP from anything else, so that garbage is noticed before 64 bytes of it are there. */
export const signatureLength = 10

/** What follows the signature: version (2), mechanism (20), as-server (1), filler (31). */
export const greetingRest = 54

/**
 * ZMTP 3.0 with the NULL mechanism. Peers fall back to our version, and with 3.0 libzmq sends subscriptions as
 * messages instead of commands; those are understood too.
 */
export const greeting: Buffer = (() => {
  const bytes = Buffer.alloc(signatureLength + greetingRest)
  bytes[0] = 0xff
  bytes[9] = 0x7f
  bytes[10] = 3
  bytes.write("NULL", 12, "latin1")
  return bytes
})()

export function checkSignature(bytes: Buffer): void {
  if (bytes[0] !== 0xff || ((bytes[9] ?? 0) & 1) === 0) throw new ProtocolViolation("not a ZMTP peer")
}

export function checkGreeting(rest: Buffer): void {
  const version = rest[0] ?? 0
  if (version < 3) throw new ProtocolViolation(`ZMTP ${version} is too old`)
  const mechanism = rest.toString("latin1", 2, 22).replace(/\0+$/, "")
  if (mechanism !== "NULL") throw new ProtocolViolation(`mechanism is not NULL: ${JSON.stringify(mechanism)}`)
}
