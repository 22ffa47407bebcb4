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

/** What a frame costs beyond its bytes: without it, endless empty frames would be a message of length 0. */
const frameBytes = 64

/** What a peer says: the frames of a message, or a command's name and what comes with it. */
export type Said = { frames: Buffer[]; bytes: number } | { command: string; body: Buffer }

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

/** Reads one message or command. Yields how many bytes it needs next and is given them. */
export function* readSaid(): Generator<number, Said, Buffer> {
  const frames: Buffer[] = []
  for (let bytes = 0; ; ) {
    const [flags = 0, first = 0] = yield 2
    if (flags > (commandFlag | longFlag | moreFlag)) throw new ProtocolViolation(`unknown flags: ${flags}`)
    const size = flags & longFlag ? longSize(first, yield 7) : first
    bytes += size + frameBytes
    if (bytes > maxMessageBytes) throw new ProtocolViolation(`message is too large: ${bytes} bytes`)
    const body = owned(yield size)
    if (flags & commandFlag) {
      if (flags & moreFlag || frames.length > 0) throw new ProtocolViolation("command inside a message")
      return readCommand(body)
    }
    frames.push(body)
    if (!(flags & moreFlag)) return { frames, bytes }
  }
}

/** A size of 8 bytes of which the first has been read already. */
function longSize(first: number, rest: Buffer): number {
  return first * 2 ** 56 + rest.readUIntBE(0, 1) * 2 ** 48 + rest.readUIntBE(1, 6)
}

function readCommand(bytes: Buffer): Said {
  const end = 1 + (bytes[0] ?? 0)
  if (end === 1 || end > bytes.length) throw new ProtocolViolation("command without a name")
  return { command: bytes.toString("latin1", 1, end), body: bytes.subarray(end) }
}
