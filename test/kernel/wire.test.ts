import { createHmac } from "node:crypto"
import { describe, expect, it } from "vitest"
import { MessageFactory } from "../../src/kernel/messages.js"
import { decode, encode } from "../../src/kernel/wire.js"

const signing = { key: "secret", scheme: "hmac-sha256" }
const message = new MessageFactory().make(
  "comm_msg",
  { text: "é😀", exact: 12n, digits: 2n ** 80n },
  {
    identities: [Buffer.from([0, 255]), Buffer.from("x")],
    buffers: [new Uint8Array([1, 2]), new Uint8Array(0)],
  },
)

function replace(frames: Uint8Array[], at: number, text: string): Uint8Array[] {
  return frames.map((frame, i) => (i === at ? Buffer.from(text) : frame))
}

describe("wire", () => {
  it("brings a message back whole, identities and buffers included", () => {
    const back = decode(encode(message, signing), signing)
    expect(back).toMatchObject({ header: message.header, parentHeader: {}, metadata: {} })
    expect(back.content).toEqual({ text: "é😀", exact: 12, digits: "1208925819614629174706176" })
    expect(back.identities.map((frame) => [...frame])).toEqual([[0, 255], [120]])
    expect(back.buffers.map((frame) => [...frame])).toEqual([[1, 2], []])
  })

  it("signs the four dicts and not the buffers", () => {
    const frames = encode(message, signing)
    const at = frames.findIndex((frame) => Buffer.from(frame).toString() === "<IDS|MSG>")
    const hmac = createHmac("sha256", "secret")
    for (const dict of frames.slice(at + 2, at + 6)) hmac.update(dict)
    expect(Buffer.from(frames[at + 1]!).toString()).toBe(hmac.digest("hex"))
    frames[at + 6] = new Uint8Array([9, 9])
    expect(decode(frames, signing).buffers[0]).toEqual(new Uint8Array([9, 9]))
  })

  it("leaves the signature empty where there is no key", () => {
    const open = { key: "", scheme: "hmac-sha256" }
    const frames = encode(message, open)
    expect(frames[3]).toHaveLength(0)
    expect(decode(frames, open).header).toEqual(message.header)
  })

  const broken: [string, (frames: Uint8Array[]) => Uint8Array[], string][] = [
    ["a changed dict", (f) => replace(f, f.length - 3, "{}"), "invalid signature"],
    ["a missing signature", (f) => replace(f, 3, ""), "invalid signature"],
    [
      "a missing delimiter",
      (f) => f.filter((frame) => Buffer.from(frame).toString() !== "<IDS|MSG>"),
      "delimiter",
    ],
    ["too few dicts", (f) => f.slice(0, 6), "too few frames"],
  ]
  for (const [name, change, reason] of broken)
    it(`rejects ${name}`, () => {
      expect(() => decode(change(encode(message, signing)), signing)).toThrow(reason)
    })

  it("rejects dicts that are none, although they are signed", () => {
    const text = { ...message, content: [1] as never }
    expect(() => decode(encode(text, signing), signing)).toThrow("not an object")
    const typeless = { ...message, header: {} as never }
    expect(() => decode(encode(typeless, signing), signing)).toThrow("without msg_type")
  })

  it("gives every message its own id and one session", () => {
    const factory = new MessageFactory()
    const [a, b] = [factory.make("status", {}), factory.make("status", {})]
    expect(a.header.msg_id).not.toBe(b.header.msg_id)
    expect(a.header.session).toBe(b.header.session)
    expect(new Date(a.header.date).toISOString()).toBe(a.header.date)
  })
})
