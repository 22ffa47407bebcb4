import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { StringDecoder } from "node:string_decoder"
import { inspect } from "node:util"
import type { StreamName } from "./bridge.js"

type Write = (name: StreamName, text: string) => void
type Take = (chunk: string | Uint8Array) => void

/**
 * Sends what is written to process.stdout and process.stderr, and so all of console, to `write` instead, and with it
 * what is written to their descriptors. Every write goes at once: a timer here would never fire in a loop, and live
 * output would wait for its end.
 */
export function captureOutput(write: Write): void {
  const takers = { 1: taker("stdout", write), 2: taker("stderr", write) }
  captureStream("stdout", takers[1])
  captureStream("stderr", takers[2])
  captureDescriptors(takers)
}

/** Characters may come in pieces, of which each is a write. */
function taker(name: StreamName, write: Write): Take {
  const decoder = new StringDecoder("utf8")
  return (chunk) => {
    const text =
      typeof chunk === "string"
        ? chunk
        : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    if (text !== "") write(name, text)
  }
}

function captureStream(name: StreamName, take: Take): void {
  const captured = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    take(checked(chunk, encoding))
    const callback = typeof encoding === "function" ? encoding : done
    if (typeof callback === "function") process.nextTick(callback as () => void)
    return true
  }
  process[name].write = captured as typeof process.stdout.write
}

/** What is written, for the taker. What Node's own streams refuse is refused. */
function checked(chunk: unknown, encoding: unknown): string | Uint8Array {
  if (ArrayBuffer.isView(chunk)) return chunk as Uint8Array
  if (typeof chunk !== "string") {
    const message = `The "chunk" argument must be a string, Buffer, TypedArray or DataView. Received ${inspect(chunk)}`
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" })
  }
  const isText = typeof encoding !== "string" || /^utf-?8$/i.test(encoding)
  return isText ? chunk : Buffer.from(chunk, encoding as BufferEncoding)
}

/** Loggers such as pino write to the descriptors themselves, scripts to their files. */
function captureDescriptors(takers: Record<number, Take>): void {
  const { write, writeSync, writevSync, writeFileSync } = fs
  const captured = (fd: number, args: unknown[]): number | undefined => {
    const part = typeof fd === "number" ? partOf(args) : undefined
    if (part === undefined || !Object.hasOwn(takers, fd)) return undefined
    takers[fd]!(part)
    return Buffer.byteLength(part)
  }
  fs.writeSync = ((fd: number, ...args: unknown[]) =>
    captured(fd, args) ?? Reflect.apply(writeSync, fs, [fd, ...args])) as typeof writeSync
  fs.write = Object.assign((fd: number, ...args: unknown[]) => {
    const written = captured(fd, args)
    if (written === undefined) return Reflect.apply(write, fs, [fd, ...args])
    const callback = args.findLast((each) => typeof each === "function")
    if (callback) process.nextTick(callback as (...args: unknown[]) => void, null, written, args[0])
  }, write) as typeof write
  fs.writevSync = ((fd: number, parts: NodeJS.ArrayBufferView[], ...rest: [number?]) =>
    Object.hasOwn(takers, fd)
      ? parts.reduce((sum, part) => sum + captured(fd, [part])!, 0)
      : writevSync(fd, parts, ...rest)) as typeof writevSync
  // fs.appendFileSync calls it.
  fs.writeFileSync = ((file: number | string, data: unknown, options?: unknown) => {
    const take = takers[outputs.get(file) ?? Number.NaN]
    if (!take) return Reflect.apply(writeFileSync, fs, [file, data, options])
    const encoding = typeof options === "string" ? options : (options as { encoding?: unknown })?.encoding
    take(checked(data, encoding))
  }) as typeof writeFileSync
  syncBuiltinESMExports()
}

const outputs: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [1, 1],
  [2, 2],
  ["/dev/stdout", 1],
  ["/dev/stderr", 2],
])

/** What `fs.write` and `fs.writeSync` are asked to write; undefined where they refuse it. */
function partOf([data, at, length]: unknown[]): string | Uint8Array | undefined {
  if (typeof data === "string") return data
  if (!ArrayBuffer.isView(data)) return undefined
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const options = at !== null && typeof at === "object" ? (at as { offset?: number; length?: number }) : {}
  const start = typeof at === "number" ? at : (options.offset ?? 0)
  const count = typeof length === "number" ? length : (options.length ?? bytes.length - start)
  return bytes.subarray(start, start + count)
}
