import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { formatCount } from "./format-number.js"
import { leftOut } from "./records.js"
import type { Specimen } from "./specimen.js"

/** Bytes in a line, and of the whole. */
const lineLength = 16
const mostBytes = 256

/** Buffers and memory without a type: their bytes and what they spell. A line's worth is shown as Node prints it. */
export function showBytes({ value }: Specimen): Mimebundle | undefined {
  if (!Buffer.isBuffer(value) && !types.isAnyArrayBuffer(value) && !types.isDataView(value)) return undefined
  const bytes = bytesOf(value)!
  if (bytes.length <= lineLength) return undefined
  const lines = [`${kindOf(value)}, ${formatCount(bytes.length)} bytes`]
  for (let at = 0; at < Math.min(bytes.length, mostBytes); at += lineLength)
    lines.push(dumpLine(at, bytes.subarray(at, Math.min(at + lineLength, mostBytes))))
  const more = leftOut(bytes.length - mostBytes, "byte")
  return { "text/plain": [...lines, ...(more ? [more] : [])].join("\n") }
}

/** The bytes of anything that holds bytes; other typed arrays hold numbers. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  if (types.isDataView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof Uint8Array ? value : undefined
}

function kindOf(value: object): string {
  return Buffer.isBuffer(value)
    ? "Buffer"
    : Object.prototype.toString.call(value).slice("[object ".length, -1)
}

function dumpLine(at: number, bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
  const halves = [hex.slice(0, 8).join(" "), hex.slice(8).join(" ")].join("  ")
  const letters = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·"))
  return `${at.toString(16).padStart(8, "0")}  ${halves.padEnd(lineLength * 3)}  ${letters.join("")}`
}
