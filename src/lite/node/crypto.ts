import { hmac } from "@noble/hashes/hmac.js"
import { md5, sha1 } from "@noble/hashes/legacy.js"
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import type { CHash } from "@noble/hashes/utils.js"
import { PrelabError } from "../../error.js"

const algorithms: Readonly<Record<string, CHash>> = { md5, sha1, sha256, sha384, sha512 }

/** A running hash, as Node's `Hash` and `Hmac`. */
class Hash {
  readonly #state: { update(bytes: Uint8Array): unknown; digest(): Uint8Array }

  constructor(state: { update(bytes: Uint8Array): unknown; digest(): Uint8Array }) {
    this.#state = state
  }

  update(data: string | ArrayBufferView, encoding: BufferEncoding = "utf8"): this {
    this.#state.update(bytesOf(data, encoding))
    return this
  }

  digest(): Buffer
  digest(encoding: BufferEncoding): string
  digest(encoding?: BufferEncoding): Buffer | string {
    const bytes = Buffer.from(this.#state.digest())
    return encoding === undefined ? bytes : bytes.toString(encoding)
  }
}

export function createHash(name: string): Hash {
  return new Hash(algorithmOf(name).create())
}

export function createHmac(name: string, key: string | ArrayBufferView): Hash {
  return new Hash(hmac.create(algorithmOf(name), bytesOf(key, "utf8")))
}

function algorithmOf(name: string): CHash {
  const key = name.toLowerCase().replace("-", "")
  const found = Object.hasOwn(algorithms, key) ? algorithms[key] : undefined
  if (found) return found
  throw new PrelabError("hash not in a browser", name, { hint: Object.keys(algorithms).join(", ") })
}

function bytesOf(data: string | ArrayBufferView, encoding: BufferEncoding): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** What `crypto.getRandomValues` fills at once. */
const MOST_RANDOM = 2 ** 16

export function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count)
  for (let at = 0; at < count; at += MOST_RANDOM) crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM))
  return bytes
}

/** From the first, and below the last. */
export function randomInt(from: number, to?: number): number {
  const [low, high] = to === undefined ? [0, from] : [from, to]
  return low + (randomBytes(6).readUIntBE(0, 6) % (high - low))
}

/** The page's own is there on https and localhost alone. */
export function randomUUID(): string {
  const bytes = randomBytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) throw new RangeError("Input buffers must have the same byte length")
  return one.reduce((different, byte, i) => different | (byte ^ other[i]!), 0) === 0
}

export const webcrypto = globalThis.crypto
export const { subtle } = globalThis.crypto
export default {
  ...{ createHash, createHmac, randomBytes, randomInt, randomUUID, timingSafeEqual },
  ...{ webcrypto, subtle },
}
