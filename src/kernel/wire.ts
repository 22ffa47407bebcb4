import { createHmac, timingSafeEqual } from "node:crypto"
import type { KernelMessage } from "@jupyterlab/services"
import type { Dict } from "./dict.js"
import { jsonBytes } from "./json-bytes.js"

/** The header of a message; ours differ from JupyterLab's type only in allowing any message type. */
export type Header = Omit<KernelMessage.IHeader, "msg_type"> & { msg_type: string }

/** A message as it travels: routing identities, four dicts, and binary buffers behind them. */
export interface WireMessage {
  identities: Uint8Array[]
  header: Header
  parentHeader: Header | Record<string, never>
  metadata: Dict
  content: Dict
  /** The content as it travels, where another thread has made it already. */
  contentJson?: Uint8Array | undefined
  buffers: Uint8Array[]
}

export interface Signing {
  key: string
  /** Jupyter's name, such as "hmac-sha256". */
  scheme: string
}

const delimiter = Buffer.from("<IDS|MSG>")

/**
 * The frames of a message: identities, delimiter, signature, header, parent, metadata, content, buffers.
 * The signature covers the four dicts alone: peers that hash the buffers too cannot exchange binary comms.
 */
export function encode(message: WireMessage, signing: Signing): Uint8Array[] {
  const { header, parentHeader, metadata, content, contentJson } = message
  const dicts = [...[header, parentHeader, metadata].map(jsonBytes), contentJson ?? jsonBytes(content)]
  return [
    ...message.identities,
    delimiter,
    Buffer.from(signatureOf(dicts, signing)),
    ...dicts,
    ...message.buffers,
  ]
}

/** The message in these frames. Throws an Error that says what is wrong with them. */
export function decode(frames: Uint8Array[], signing: Signing): WireMessage {
  const at = frames.findIndex((frame) => delimiter.equals(frame))
  if (at < 0) throw new Error("message without delimiter")
  const [signature, ...rest] = frames.slice(at + 1)
  const dicts = rest.slice(0, 4)
  if (signature === undefined || dicts.length < 4) throw new Error("message with too few frames")
  const expected = Buffer.from(signatureOf(dicts, signing))
  if (expected.length !== signature.length || !timingSafeEqual(expected, signature))
    throw new Error("message with invalid signature")
  const [header, parentHeader, metadata, content] = dicts.map(fromJson)
  if (typeof header?.msg_type !== "string" || typeof header.msg_id !== "string")
    throw new Error("message without msg_type or msg_id")
  return {
    identities: frames.slice(0, at),
    header: header as unknown as Header,
    parentHeader: (parentHeader ?? {}) as unknown as Header,
    metadata: metadata ?? {},
    content: content ?? {},
    buffers: rest.slice(4),
  }
}

function signatureOf(dicts: Uint8Array[], { key, scheme }: Signing): string {
  if (!key) return ""
  const hmac = createHmac(scheme.replace(/^hmac-/, ""), key)
  for (const dict of dicts) hmac.update(dict)
  return hmac.digest("hex")
}

function fromJson(frame: Uint8Array): Dict | null {
  const value: unknown = JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString())
  if (value !== null && (typeof value !== "object" || Array.isArray(value)))
    throw new Error("message part is not an object")
  return value as Dict | null
}
