import * as crypto from "node:crypto"
import { EventEmitter as NodeEmitter } from "node:events"
import * as util from "node:util"
import * as zlib from "node:zlib"
import { describe, expect, test } from "vitest"
import * as ownCrypto from "../../src/lite/node/crypto.js"
import { EventEmitter, once } from "../../src/lite/node/events.js"
import { StringDecoder } from "../../src/lite/node/string-decoder.js"
import { setTimeout } from "../../src/lite/node/timers-promises.js"
import * as ownUtil from "../../src/lite/node/util.js"
import * as ownZlib from "../../src/lite/node/zlib.js"

// What stands for Node's modules in a browser, held against Node's.

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 7)

describe("zlib", () => {
  test("reads what Node's writes, and is read by it", () => {
    expect(ownZlib.gunzipSync(zlib.gzipSync(bytes))).toEqual(Buffer.from(bytes))
    expect(ownZlib.inflateSync(zlib.deflateSync(bytes))).toEqual(Buffer.from(bytes))
    expect(ownZlib.inflateRawSync(zlib.deflateRawSync(bytes))).toEqual(Buffer.from(bytes))
    expect(zlib.gunzipSync(ownZlib.gzipSync(bytes))).toEqual(Buffer.from(bytes))
    expect(zlib.inflateSync(ownZlib.deflateSync(bytes))).toEqual(Buffer.from(bytes))
    expect(zlib.inflateRawSync(ownZlib.deflateRawSync(bytes))).toEqual(Buffer.from(bytes))
  })

  test("has Node's checksum", () => {
    expect(ownZlib.crc32("prelab")).toBe(zlib.crc32("prelab"))
    expect(ownZlib.crc32(bytes, 7)).toBe(zlib.crc32(bytes, 7))
  })

  test.each([
    ["gunzipSync", ownZlib.gunzipSync, zlib.gzipSync(bytes)],
    ["inflateSync", ownZlib.inflateSync, zlib.deflateSync(bytes)],
  ] as const)(
    "%s refuses bytes that were changed, cut or not packed, and results that are too large",
    (_, unpack, packed) => {
      const changed = Buffer.from(packed)
      changed[packed.length >> 1]! ^= 1
      for (const damaged of [changed, packed.subarray(0, -20), Buffer.from("text that nobody packed")])
        expect(() => unpack(damaged)).toThrow()
      expect(() => unpack(packed, { maxOutputLength: bytes.length - 1 })).toThrow(RangeError)
      expect(unpack(packed, { maxOutputLength: bytes.length })).toHaveLength(bytes.length)
    },
  )
})

describe("crypto", () => {
  test.each(["md5", "sha1", "sha256", "sha384", "SHA-512"])("hashes by %s as Node does", (name) => {
    const own = ownCrypto.createHash(name).update("prélab").update(bytes)
    const nodes = crypto.createHash(name.replace("SHA-", "sha")).update("prélab").update(bytes)
    expect(own.digest("hex")).toBe(nodes.digest("hex"))
    const signed = ownCrypto.createHmac(name, "key").update(bytes).digest()
    expect(signed).toEqual(crypto.createHmac(name.replace("SHA-", "sha"), "key").update(bytes).digest())
  })

  test("names a hash that it has not", () => {
    expect(() => ownCrypto.createHash("whirlpool")).toThrow("hash not in a browser: whirlpool")
  })

  test("draws at random", () => {
    const ids = Array.from({ length: 100 }, ownCrypto.randomUUID)
    expect(new Set(ids).size).toBe(100)
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(
      ownCrypto
        .randomBytes(100_000)
        .subarray(-1000)
        .some((byte) => byte !== 0),
    ).toBe(true)
    const drawn = new Set(Array.from({ length: 300 }, () => ownCrypto.randomInt(3, 6)))
    expect([...drawn].sort()).toEqual([3, 4, 5])
  })
})

describe("util", () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const values = [
    ...[undefined, null, 0, -0, Number.NaN, 1n, "text", Symbol.iterator, true],
    ...[
      [],
      Object.assign([1, 2], { 3: 4 }),
      [1, undefined, 3],
      {},
      { a: 1 },
      { a: 1, b: undefined },
      Object.create(null),
      cycle,
    ],
    ...[new Date(0), new Date(1), /a/g, /a/, new Error("one"), new TypeError("one"), new Error("two")],
    ...[
      new Map([[{ a: 1 }, "x"]]),
      new Map([[{ a: 2 }, "x"]]),
      new Set([1, { b: 2 }]),
      new Set([1, { b: 3 }]),
    ],
    ...[new Uint8Array([1, 2]), new Uint8Array([1, 3]), new Float32Array([-0]), new Float32Array([0])],
    ...[
      new ArrayBuffer(2),
      new DataView(new ArrayBuffer(2)),
      new WeakMap(),
      new WeakSet(),
      Promise.resolve(),
    ],
    ...[Object(1), Object("text"), Object(Symbol.iterator), Object(1n), Object(false), () => 1, class A {}],
    ...[
      async () => 1,
      function* () {},
      (function* () {})(),
      new Map().keys(),
      new Set().values(),
      util.types,
    ],
  ]

  test("compares deeply as Node does", () => {
    for (const one of values)
      for (const other of [...values, structured(one)])
        expect(ownUtil.isDeepStrictEqual(one, other), util.inspect([one, other])).toBe(
          util.isDeepStrictEqual(one, other),
        )
  })

  test.each(Object.keys(ownUtil.types) as (keyof typeof ownUtil.types)[])(
    "types.%s says what Node's says",
    (name) => {
      for (const value of values)
        expect(ownUtil.types[name](value), util.inspect(value)).toBe(
          (util.types as unknown as Record<string, (value: unknown) => boolean>)[name]!(value),
        )
    },
  )

  test("makes promises of callbacks", async () => {
    const double = (value: number, done: (error: unknown, value?: number) => void) =>
      value > 0 ? done(null, 2 * value) : done(new Error("not above zero"))
    expect(await ownUtil.promisify(double)(4)).toBe(8)
    await expect(ownUtil.promisify(double)(0)).rejects.toThrow("not above zero")
  })

  test("prints as Node does", () => {
    const value = {
      map: new Map([[1, { deep: [1, 2, { x: { y: 1 } }] }]]),
      text: "it's",
      list: new Float32Array(3),
    }
    expect(ownUtil.inspect(value, { depth: 4 })).toBe(util.inspect(value, { depth: 4 }))
    expect(ownUtil.format("%s is %d, %o", "one", 1, [1])).toBe(util.format("%s is %d, %o", "one", 1, [1]))
  })
})

/** An equal one, where there can be one. */
function structured(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}

describe("events", () => {
  test.each([EventEmitter, NodeEmitter])("are emitted in their order, once or always", (Emitter) => {
    const emitter = new Emitter()
    const heard: string[] = []
    const second = () => heard.push("second")
    emitter.once("it", (value: string) => heard.push(`once ${value}`))
    emitter.on("it", second)
    emitter.prependListener("it", () => heard.push("first"))
    expect(emitter.emit("it", "now")).toBe(true)
    emitter.off("it", second)
    emitter.emit("it", "again")
    expect(heard).toEqual(["first", "once now", "second", "first"])
    expect(emitter.listenerCount("it")).toBe(1)
    expect(emitter.removeAllListeners().emit("it")).toBe(false)
    expect(() => emitter.emit("error", new Error("nobody listens"))).toThrow("nobody listens")
  })

  test("can be waited for", async () => {
    const emitter = new EventEmitter()
    const next = once(emitter, "it")
    emitter.emit("it", 1, 2)
    expect(await next).toEqual([1, 2])
    const failing = once(emitter, "it")
    emitter.emit("error", new Error("instead"))
    await expect(failing).rejects.toThrow("instead")
    expect(emitter.eventNames()).toEqual([])
  })
})

test("text that is cut inside a character is put together", () => {
  const decoder = new StringDecoder()
  const [first, last] = [Buffer.from("…").subarray(0, 2), Buffer.from("…").subarray(2)]
  expect(decoder.write(first)).toBe("")
  expect(decoder.write(last)).toBe("…")
  expect(decoder.end()).toBe("")
})

test("a wait ends when its signal says so", async () => {
  expect(await setTimeout(1, "value")).toBe("value")
  const controller = new AbortController()
  const waiting = setTimeout(60_000, "value", { signal: controller.signal })
  controller.abort(new Error("enough"))
  await expect(waiting).rejects.toThrow("enough")
  await expect(setTimeout(0, "value", { signal: controller.signal })).rejects.toThrow("enough")
})
