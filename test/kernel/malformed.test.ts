import { createHmac } from "node:crypto"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { encode, type WireMessage } from "../../src/kernel/wire.js"
import { KernelClient, resultText } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})
afterEach(async () => {
  expect(resultText(await kernel.execute("20 + 22"))).toBe("42")
})

const signing = () => ({ key: kernel.key, scheme: "hmac-sha256" })
const asking = (): WireMessage => kernel.factory.make("kernel_info_request", {})
const send = (frames: (Uint8Array | string)[], channel: "shell" | "control" = "shell") =>
  kernel.sockets[channel].send(
    frames.map((frame) => (typeof frame === "string" ? Buffer.from(frame) : frame)),
  )

/** Four dicts as they are, with a good signature. */
function signed(...dicts: string[]): (Uint8Array | string)[] {
  const hmac = createHmac("sha256", kernel.key)
  for (const dict of dicts) hmac.update(dict)
  return ["<IDS|MSG>", hmac.digest("hex"), ...dicts]
}

describe("frames that are no message leave a line on stderr, no reply, and the kernel alive:", () => {
  const header = JSON.stringify({ msg_id: "m", msg_type: "kernel_info_request", session: "s" })
  const kinds: [string, () => (Uint8Array | string)[], RegExp][] = [
    ["no delimiter", () => ["hello"], /without delimiter/],
    ["an empty message", () => [""], /without delimiter/],
    ["nothing behind the delimiter", () => ["<IDS|MSG>"], /too few frames/],
    ["missing dicts", () => encode(asking(), signing()).slice(0, 4), /too few frames/],
    ["a wrong signature", () => encode(asking(), { ...signing(), key: "other" }), /invalid signature/],
    ["no signature", () => encode(asking(), { ...signing(), key: "" }), /invalid signature/],
    [
      "a signature that is no text",
      () => ["<IDS|MSG>", new Uint8Array([255, 0]), "{}", "{}", "{}", "{}"],
      /invalid/,
    ],
    ["a header that is no JSON", () => signed("{", "{}", "{}", "{}"), /JSON/],
    ["content that is no JSON", () => signed(header, "{}", "{}", "{,}"), /JSON/],
    ["content that is a list", () => signed(header, "{}", "{}", "[]"), /not an object/],
    ["a header that is a text", () => signed('"x"', "{}", "{}", "{}"), /not an object/],
    ["a header without fields", () => signed("{}", "{}", "{}", "{}"), /without msg_type/],
    [
      "a msg_type that is a number",
      () => signed('{"msg_id":"a","msg_type":5}', "{}", "{}", "{}"),
      /without msg_type/,
    ],
    ["bytes that are no UTF-8", () => signed(header.replace("m", "\ud800"), "{}", "{}", "{"), /JSON/],
  ]
  for (const [name, frames, line] of kinds)
    it(name, async () => {
      const before = kernel.stderr.length
      const replies = kernel.replies.size
      for (const channel of ["shell", "control"] as const) await send(frames(), channel)
      await kernel.until(() => [...kernel.stderr.slice(before).matchAll(new RegExp(line, "g"))].length >= 2)
      expect(kernel.replies.size).toBe(replies)
    })
})

describe("messages that are good", () => {
  it("may have null dicts, many and long identities, and buffers nobody wants", async () => {
    const nulls = {
      msg_id: "nulls",
      msg_type: "kernel_info_request",
      session: "s",
      username: "u",
      version: "5.4",
    }
    await send(signed(JSON.stringify(nulls), "null", "null", "null"))
    expect((await kernel.replyTo("nulls")).content.status).toBe("ok")
    const message = asking()
    const identities = Array.from({ length: 40 }, () => "x".repeat(10_000))
    await send([...identities, ...encode(message, signing()), new Uint8Array(1e6)])
    const [first] = await kernel.until(() => {
      const reply = kernel.replies.get(message.header.msg_id)
      return reply && [reply]
    })
    expect(first!.identities.map(String)).toEqual(identities)
  })

  it("are answered once, also when somebody sends a copy", async () => {
    const more = kernel.factory.make("execute_request", { code: "const copied = 1", store_history: false })
    await send(encode(more, signing()))
    await kernel.finished(more.header.msg_id)
    const seen = kernel.of(more.header.msg_id).length
    await send(encode(more, signing()))
    await kernel.says(`message ${more.header.msg_id} has come before`)
    await kernel.execute("1")
    expect(kernel.of(more.header.msg_id)).toHaveLength(seen)
  })

  it("with an id that was used before, but of a later date, are served again", async () => {
    const message = asking()
    await send(encode(message, signing()))
    await kernel.until(() => kernel.of(message.header.msg_id).length === 2)
    message.header.date = new Date(Date.now() + 5).toISOString()
    await send(encode(message, signing()))
    await kernel.until(() => kernel.of(message.header.msg_id).length === 4)
  })

  it("of unknown type are framed by busy and idle, and answered where they are requests", async () => {
    const request = await kernel.request("shell", "dance_request", {})
    expect(request.header.msg_type).toBe("dance_reply")
    expect(request.content).toMatchObject({ status: "error", ename: "NotImplemented" })
    const id = await kernel.send("shell", "toString", {})
    await kernel.until(() => kernel.of(id).length === 2)
    expect(kernel.of(id).map((m) => m.content.execution_state)).toEqual(["busy", "idle"])
    expect(kernel.replies.has(id)).toBe(false)
  })
})

describe("content of the wrong type is refused in the reply and on stderr:", () => {
  const kinds: [string, object, string][] = [
    ["execute_request", { code: 5 }, "code is not a text: 5"],
    ["execute_request", { code: null }, "code is missing"],
    ["execute_request", { code: "1", silent: 1 }, "silent is not true or false: 1"],
    ["execute_request", { code: "1", user_expressions: "x" }, "user_expressions is not an object: 'x'"],
    ["complete_request", { code: "a", cursor_pos: "x" }, "cursor_pos is not a whole number: 'x'"],
    ["complete_request", { code: ["a"], cursor_pos: 1 }, "code is not a text: [ 'a' ]"],
    ["inspect_request", { code: "a", cursor_pos: {} }, "cursor_pos is not a whole number: {}"],
    ["history_request", { hist_access_type: 3 }, "hist_access_type is not a text: 3"],
    ["history_request", { hist_access_type: "tail", n: "all" }, "n is not a whole number: 'all'"],
    ["comm_info_request", { target_name: 1 }, "target_name is not a text: 1"],
  ]
  for (const [type, content, problem] of kinds)
    it(`${type}: ${problem}`, async () => {
      const count = (await kernel.execute("1")).reply.content.execution_count
      const reply = await kernel.request("shell", type, content)
      const id = String(reply.parentHeader.msg_id)
      expect(reply.content).toMatchObject({ status: "error", ename: "InvalidRequest", evalue: problem })
      expect(reply.content.traceback).toEqual([`InvalidRequest: ${problem}`])
      if (type === "execute_request") expect(reply.content.execution_count).toBe(count)
      await kernel.until(() => kernel.of(id).length === 2)
      await kernel.says(`refused: ${type}: ${problem}`)
    })

  it("is_complete_request: it is unknown whether that is complete", async () => {
    const { content } = await kernel.request("shell", "is_complete_request", { code: 7 })
    expect(content).toEqual({ status: "unknown" })
  })

  it("comm messages: they are dropped", async () => {
    for (const [type, content] of [
      ["comm_open", { comm_id: 1, target_name: "x" }],
      ["comm_msg", {}],
      ["comm_close", { comm_id: null }],
    ] as const) {
      const id = await kernel.send("shell", type, content)
      await kernel.until(() => kernel.of(id).length === 2)
      expect(kernel.of(id).map((m) => m.content.execution_state)).toEqual(["busy", "idle"])
    }
    expect((await kernel.request("shell", "comm_info_request", {})).content.comms).toEqual({})
  })

  it("an execute_request that is refused does not abort those behind it", async () => {
    const ids = await Promise.all([
      kernel.sendCell("await new Promise((r) => setTimeout(r, 50))"),
      kernel.send("shell", "execute_request", { code: 5 }),
      kernel.sendCell("'went on'"),
    ])
    expect(resultText(await kernel.finished(ids[2]!))).toBe("'went on'")
  })
})

describe("cursors", () => {
  it("outside of the code mean its ends", async () => {
    const complete = async (cursor_pos: number | null) =>
      (await kernel.request("shell", "complete_request", { code: "Math.cbr", cursor_pos })).content
    for (const far of [8, 9, 1e9, null]) expect((await complete(far)).matches).toEqual(["cbrt"])
    expect(await complete(-5)).toMatchObject({ status: "ok", cursor_start: 0 })
    const inspection = await kernel.request("shell", "inspect_request", { code: "Math", cursor_pos: 99 })
    expect(inspection.content.found).toBe(true)
  })

  it("count code points, before and behind them", async () => {
    const code = "const 𝑥 = '👩‍👩‍👧'; Math.cbr + 𝑥"
    const before = [...code.slice(0, code.indexOf("cbr") + 3)].length
    const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: before })
    expect(content).toMatchObject({ matches: ["cbrt"], cursor_start: before - 3, cursor_end: before })
    const inspect = { code: "'😀😀'; JSON", cursor_pos: 7, detail_level: 0 }
    expect((await kernel.request("shell", "inspect_request", inspect)).content.found).toBe(true)
  })
})
