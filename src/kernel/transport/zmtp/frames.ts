import type { Frames } from "../transport.js"
import { owned } from "./byte-queue.js"
import { ProtocolViolation } from "./protocol-violation.js"

// A frame is a byte of flags, its size in 1 byte or in 8, and its body.
const moreFlag = 1
const longFlag = 2
const commandFlag = 4

/** Frames up to here are copied into one chunk with their neighbours; longer ones are written where they are. */
const copiedBytes = 4096

/** A peer that announces more than this in one message is mistaken or means no good. */
export const maxMessageBytes = 2 ** 30

/** A frame as it arrives: part of a message, with more to come or not, or a command. */
export interface Frame {
  kind: "more" | "last" | "command"
  body: Buffer
}

/** The chunks that go over the wire for a message; large frames are passed on, not copied. */
export function encodeMessage(frames: Frames): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let small: Uint8Array[] = []
  const last = frames.length - 1
  for (const [i, frame] of frames.entries()) {
    small.push(head(frame.length, i < last ? moreFlag : 0))
    if (frame.length <= copiedBytes) small.push(frame)
    else {
      chunks.push(Buffer.concat(small), frame)
      small = []
    }
  }
  if (small.length > 0) chunks.push(Buffer.concat(small))
  return chunks
}

export function encodeCommand(name: string, body: Uint8Array): Uint8Array {
  return Buffer.concat([head(1 + name.length + body.length, commandFlag), shortText(name), body])
}

/** A length in one byte, then the text. */
export function shortText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")])
}

function head(size: number, flags: number): Buffer {
  if (size < 256) return Buffer.from([flags, size])
  const bytes = Buffer.alloc(9)
  bytes[0] = flags | longFlag
  bytes.writeBigUInt64BE(BigInt(size), 1)
  return bytes
}

/** What a frame occupies beyond its bytes: without it, endless empty frames would be a message of no size. */
const frameCost = 64

/** Reads a frame, to which `bytes` of a message have come already. Yields how many bytes it needs and is given them. */
export function* readFrame(bytes: number): Generator<number, Frame, Buffer> {
  const [flags = 0, first = 0] = yield 2
  if (flags > (commandFlag | longFlag | moreFlag)) throw new ProtocolViolation(`unknown flags: ${flags}`)
  const size = flags & longFlag ? longSize(first, yield 7) : first
  if (bytes + size > maxMessageBytes) throw new ProtocolViolation(`message is too large: ${bytes + size}`)
  const body = owned(yield size)
  return { kind: flags & commandFlag ? "command" : flags & moreFlag ? "more" : "last", body }
}

/** A size of 8 bytes of which the first has been read already. */
function longSize(first: number, rest: Buffer): number {
  return first * 2 ** 56 + rest.readUIntBE(0, 1) * 2 ** 48 + rest.readUIntBE(1, 6)
}

/** A command's name, and what comes with it. */
export function readCommand(bytes: Buffer): { name: string; body: Buffer } {
  const end = 1 + (bytes[0] ?? 0)
  if (end === 1 || end > bytes.length) throw new ProtocolViolation("command without a name")
  return { name: bytes.toString("latin1", 1, end), body: bytes.subarray(end) }
}

/** A message whose frames arrive one by one. */
export class Assembly {
  frames: Buffer[] = []
  bytes = 0

  add(body: Buffer): void {
    this.frames.push(body)
    this.bytes += body.length + frameCost
  }
}
