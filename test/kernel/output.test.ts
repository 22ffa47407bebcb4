import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, printed, resultText } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const shown = (id: string) =>
  kernel.of(id).filter((m) => !["status", "execute_input"].includes(m.header.msg_type))

describe("output", () => {
  it("keeps the order of prints, errors and displays", async () => {
    const code = `for (let i = 0; i < 100; i++) {
      console.log("out", i)
      console.error("err", i)
      display(i)
      console.log("and", i)
    }`
    const { outputs } = await kernel.execute(code)
    const texts = outputs.map(
      (m) => m.content.text ?? (m.content.data as Record<string, string>)["text/plain"],
    )
    const one = (i: number) => [`out ${i}\n`, `err ${i}\n`, String(i), `and ${i}\n`]
    // What is printed last in one turn and first in the next is one message.
    const joined = texts.join("|").replaceAll("|", "")
    expect(joined).toBe(Array.from({ length: 100 }, (_, i) => one(i).join("")).join(""))
  })

  it("of 20,000 lines arrives whole, in order and in few messages", async () => {
    const cell = await kernel.execute("for (let i = 0; i < 20000; i++) console.log('line', i)")
    const expected = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join("")
    expect(printed(cell) === expected).toBe(true)
    expect(cell.outputs.length).toBeLessThan(200)
  })

  it("that is more than servers let through is held back, not lost, and the kernel answers meanwhile", async () => {
    const id = await kernel.sendCell(
      "for (let i = 0; i < 60; i++) console.log(String(i % 10).repeat(99_999)); 'end'",
    )
    await kernel.until(() => shown(id).length > 1)
    const info = await kernel.request("shell", "kernel_info_request", {})
    expect(info.content.status).toBe("ok")
    await kernel.until(() => kernel.of(String(info.parentHeader.msg_id)).length === 2)
    expect(kernel.replies.has(id)).toBe(false)
    const cell = await kernel.finished(id)
    const expected = Array.from({ length: 60 }, (_, i) => `${String(i % 10).repeat(99_999)}\n`).join("")
    expect(printed(cell) === expected).toBe(true)
  })

  it("that is held back ends soon when its cell is stopped", async () => {
    const id = await kernel.sendCell("for (;;) console.log('x'.repeat(1000))")
    await kernel.until(() => printed({ outputs: shown(id) } as never).length > 2_000_000)
    await kernel.request("control", "interrupt_request", {})
    const { reply, messages } = await kernel.finished(id)
    expect(reply.content.ename).toBe("Interrupted")
    const types = messages.map((m) => m.content.execution_state ?? m.header.msg_type)
    expect(types.slice(-2)).toEqual(["error", "idle"])
  })

  it("of thousands of displays arrives whole and in order", async () => {
    const { outputs } = await kernel.execute("for (let i = 0; i < 4000; i++) display(i)")
    const numbers = outputs.map((m) => Number((m.content.data as Record<string, string>)["text/plain"]))
    expect(numbers).toEqual(Array.from({ length: 4000 }, (_, i) => i))
  })

  it("of a display that changes thousands of times ends with the last change", async () => {
    const { outputs } = await kernel.execute(
      "const bar = display(0, { displayId: 'bar' }); for (let i = 1; i <= 20000; i++) bar.update(i)",
    )
    expect(outputs.at(-1)!.content).toMatchObject({
      data: { "text/plain": "20000" },
      transient: { display_id: "bar" },
    })
    const numbers = outputs.map((m) => Number((m.content.data as Record<string, string>)["text/plain"]))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  it("of thousands of comm messages arrives whole and in order", async () => {
    const { outputs } = await kernel.execute(
      "const line = openComm('t'); for (let i = 0; i < 4000; i++) line.send({ i })",
    )
    const numbers = outputs.slice(1).map((m) => (m.content.data as { i: number }).i)
    expect(numbers).toEqual(Array.from({ length: 4000 }, (_, i) => i))
  })

  it("of ten megabytes, shown or sent, arrives before idle", async () => {
    const { messages } = await kernel.execute(
      "display({ 'text/plain': 'x'.repeat(1e7) }, { raw: true }); line.send({}, [new Uint8Array(1e7).fill(7)])",
    )
    const [, , display, comm, idle] = messages
    expect((display!.content.data as Record<string, string>)["text/plain"]).toHaveLength(10_000_000)
    expect(comm!.buffers[0]).toHaveLength(10_000_000)
    expect(comm!.buffers[0]!.every((byte) => byte === 7)).toBe(true)
    expect(idle!.content.execution_state).toBe("idle")
  })

  it("is cleared at its place, at once or with what comes next", async () => {
    const { outputs } = await kernel.execute(
      "console.log(1); clearOutput(); console.log(2); clearOutput({ wait: true }); display(3)",
    )
    expect(outputs.map((m) => m.content.text ?? m.content.wait ?? m.header.msg_type)).toEqual([
      "1\n",
      false,
      "2\n",
      true,
      "display_data",
    ])
  })

  it("of timers, promises and events goes to the cell they were made in, also after its idle", async () => {
    const first = await kernel.execute(
      "setTimeout(() => console.log('late'), 100); void setImmediate(() => display('soon'))",
    )
    const second = await kernel.execute("await new Promise((r) => setTimeout(r, 200)); console.log('second')")
    await kernel.until(() => shown(first.id).length === 2)
    expect(shown(first.id).map((m) => m.content.text ?? m.header.msg_type)).toEqual([
      "display_data",
      "late\n",
    ])
    expect(printed(second)).toBe("second\n")
    const after = kernel.of(first.id).map((m) => m.content.execution_state ?? m.header.msg_type)
    expect(after.filter((type) => type === "idle")).toHaveLength(1)
  })

  it("does not keep the idle waiting for timers and intervals", async () => {
    const { messages } = await kernel.execute(
      "const t = setInterval(() => {}, 1e6); setTimeout(() => {}, 1e6)",
    )
    expect(messages.at(-1)!.content.execution_state).toBe("idle")
    await kernel.execute("clearInterval(t)")
  })

  it("that is no JSON does not end the kernel", async () => {
    const { reply } = await kernel.execute("const ring: Record<string, unknown> = {}; ring.self = ring; ring")
    expect(reply.content.status).toBe("ok")
    expect((await kernel.execute("display(10n ** 30n)")).outputs).toHaveLength(1)
  })

  it("is written in every encoding and from every view, and refused as Node's streams refuse it", async () => {
    const cell = await kernel.execute(
      "const { stdout } = process; stdout.write('6f6b0a', 'hex'); stdout.write('Y2FsbGVkCg==', 'base64', () => console.log('back'))\n" +
        "stdout.write('é\\n', 'utf8'); stdout.write(new DataView(new TextEncoder().encode('view\\n').buffer) as any)\n" +
        "for (const wrong of [5, null, {}] as any[]) try { stdout.write(wrong) } catch (e) { console.log((e as any).code) }\n" +
        "try { stdout.write('x', 'morse' as any) } catch (e) { console.log((e as any).code) }\nawait new Promise((r) => setTimeout(r))",
    )
    const codes = [...Array(3).fill("ERR_INVALID_ARG_TYPE"), "ERR_UNKNOWN_ENCODING"]
    expect(printed(cell).split("\n")).toEqual(["ok", "called", "é", "view", ...codes, "back", ""])
  })

  it("that is written to the descriptors themselves, as loggers do, is the cell's", async () => {
    const code = `import fs, { writeSync } from "node:fs"
    writeSync(1, "named ")
    fs.writeSync(1, new TextEncoder().encode("(bytes) "), 1, 5)
    await new Promise((done) => fs.write(2, "later", done))
    fs.createWriteStream("", { fd: 1, autoClose: false }).end("streamed")
    await new Promise((done) => setImmediate(done))
    const file = fs.openSync("written.txt", "w")
    fs.writeSync(file, "a file") + fs.readFileSync("written.txt").length`
    const cell = await kernel.execute(code)
    expect(printed(cell)).toBe("named bytesstreamed")
    expect(printed(cell, "stderr")).toBe("later")
    expect(resultText(cell)).toBe("12")
  })

  it("that is written to the descriptors as files is the cell's", async () => {
    const code = `import fs, { writeFileSync } from "node:fs"
    writeFileSync(1, "one ")
    fs.appendFileSync("/dev/stdout", Buffer.from("two "))
    fs.writeFileSync("/dev/stdout", "dGhyZWU=", "base64")
    fs.writeFileSync("/dev/stderr", "4572723a20", { encoding: "hex" })
    const count = fs.writevSync(2, [Buffer.from("é"), Buffer.from("!")])
    fs.writeFileSync("other.txt", "a file")
    fs.appendFileSync("other.txt", "!")
    fs.readFileSync("other.txt", "utf8") + count`
    const cell = await kernel.execute(code)
    expect(printed(cell)).toBe("one two three")
    expect(printed(cell, "stderr")).toBe("Err: é!")
    expect(resultText(cell)).toBe("'a file!3'")
  })
})
