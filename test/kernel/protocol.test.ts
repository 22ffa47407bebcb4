import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encode } from "../../src/kernel/wire.js"
import { KernelClient, printed, resultText, withHelpers } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ args: withHelpers })
})
afterAll(async () => {
  await kernel.close()
})

describe("kernel_info", () => {
  it("names the language so that JupyterLab highlights TypeScript, on both channels", async () => {
    for (const channel of ["shell", "control"] as const) {
      const { content, header } = await kernel.request(channel, "kernel_info_request", {})
      expect(header.msg_type).toBe("kernel_info_reply")
      expect(content).toMatchObject({
        status: "ok",
        protocol_version: "5.5",
        implementation: "prelab",
        language_info: {
          name: "typescript",
          mimetype: "application/typescript",
          file_extension: ".ts",
          codemirror_mode: "typescript",
          pygments_lexer: "typescript",
          nbconvert_exporter: "script",
        },
      })
    }
  })

  it("is framed by busy and idle of its own request", async () => {
    const reply = await kernel.request("shell", "kernel_info_request", {})
    const id = String(reply.parentHeader.msg_id)
    await kernel.until(() => kernel.of(id).length === 2)
    expect(kernel.of(id).map((m) => m.content.execution_state)).toEqual(["busy", "idle"])
  })
})

describe("signatures", () => {
  it("that are wrong or missing leave a message unanswered and a line on stderr", async () => {
    const wrong = kernel.factory.make("kernel_info_request", {})
    await kernel.sockets.shell.send(encode(wrong, { key: "another key", scheme: "hmac-sha256" }))
    const unsigned = kernel.factory.make("kernel_info_request", {})
    await kernel.sockets.shell.send(encode(unsigned, { key: "", scheme: "hmac-sha256" }))
    await kernel.sockets.shell.send([Buffer.from("no message at all")])
    // Sockets keep their order: once this one is answered, the others would have been.
    await kernel.request("shell", "kernel_info_request", {})
    expect(kernel.replies.has(wrong.header.msg_id)).toBe(false)
    expect(kernel.replies.has(unsigned.header.msg_id)).toBe(false)
    expect(kernel.of(wrong.header.msg_id)).toEqual([])
    await kernel.until(() => kernel.stderr.match(/invalid signature/g)?.length === 2)
    await kernel.says("without delimiter")
  })
})

describe("complete", () => {
  const complete = async (code: string, cursor = [...code].length) =>
    (await kernel.request("shell", "complete_request", { code, cursor_pos: cursor })).content

  it("knows types, variables of earlier cells and helpers, and their kinds", async () => {
    await kernel.execute("const shapes = [{ width: 1, height: 2 }]")
    const content = await complete("shapes[0].wi")
    expect(content).toMatchObject({ status: "ok", matches: ["width"], cursor_start: 10, cursor_end: 12 })
    const entry = { text: "width", type: "property", start: 10, end: 12 }
    expect(content.metadata).toMatchObject({ _jupyter_types_experimental: [entry] })
    expect((await complete("loadN")).matches).toContain("loadNet")
    expect((await complete("updateDis")).matches).toEqual(["updateDisplay"])
  })

  it("counts cursors in code points", async () => {
    const content = await complete('const s = "😀😀"; Math.cbr')
    expect(content).toMatchObject({ matches: ["cbrt"], cursor_start: 21, cursor_end: 24 })
  })
})

describe("inspect", () => {
  it("gives the signature and the docs as text and Markdown", async () => {
    const { content } = await kernel.request("shell", "inspect_request", {
      code: "loadNet",
      cursor_pos: 3,
      detail_level: 0,
    })
    expect(content).toMatchObject({ status: "ok", found: true })
    const data = content.data as Record<string, string>
    expect(data["text/plain"]).toContain("function loadNet(name: string): Net")
    expect(data["text/plain"]).toContain("Loads a net.")
    expect(data["text/markdown"]).toContain("```typescript")
  })

  it("says when there is nothing", async () => {
    const { content } = await kernel.request("shell", "inspect_request", {
      code: "  ",
      cursor_pos: 1,
      detail_level: 0,
    })
    expect(content).toEqual({ status: "ok", found: false, data: {}, metadata: {} })
  })
})

describe("is_complete", () => {
  const samples = {
    complete: [
      "",
      "1 + 1",
      "const f = (x: number) => {\n  return x\n}",
      "for await (const x of []) {}",
      "// note",
    ],
    incomplete: [
      "function f() {",
      "const s = `a",
      "[1,",
      "if (x) {\n  y()",
      "foo(",
      "/* a",
      "class A {",
      "await",
      "f()\nconst",
      "import",
      "f()\nexport ",
      "'a\\",
    ],
    invalid: [
      "const = 1",
      "1 1",
      "}",
      "let x = ;\nlet y = 1",
      "const s = 'a",
      "const r = /a",
      "x.import = import",
    ],
  }
  for (const [status, codes] of Object.entries(samples))
    it(`says ${status}`, async () => {
      for (const code of codes) {
        const { content } = await kernel.request("shell", "is_complete_request", { code })
        expect([code, content.status]).toEqual([code, status])
      }
    })

  it("indents the next line", async () => {
    const { content } = await kernel.request("shell", "is_complete_request", {
      code: "if (a) {\n  while (b) {",
    })
    expect(content).toEqual({ status: "incomplete", indent: "    " })
  })
})

describe("history", () => {
  const history = async (request: object) =>
    (await kernel.request("shell", "history_request", { output: false, raw: true, ...request })).content
      .history

  it("has this session's cells by tail, range and pattern", async () => {
    const first = (await kernel.execute("'h' + 1")).reply.content.execution_count as number
    await kernel.execute("'h' + 2")
    await kernel.execute("'h' + 1")
    const tail = (await history({ hist_access_type: "tail", n: 2 })) as [number, number, string][]
    expect(tail.map((row) => row[2])).toEqual(["'h' + 2", "'h' + 1"])
    const session = tail[0]![0]
    const range = await history({ hist_access_type: "range", session: 0, start: first, stop: first + 2 })
    expect(range).toEqual([
      [session, first, "'h' + 1"],
      [session, first + 1, "'h' + 2"],
    ])
    const found = await history({
      hist_access_type: "search",
      pattern: "'h' + ?",
      unique: true,
      output: true,
    })
    expect(found).toEqual([
      [session, first + 1, ["'h' + 2", "'h2'"]],
      [session, first + 2, ["'h' + 1", "'h1'"]],
    ])
  })
})

describe("stdin", () => {
  const answered = async (code: string, value: string) => {
    const id = await kernel.sendCell(code, { allow_stdin: true })
    const request = await kernel.until(() => kernel.stdinMessages.find((m) => m.parentHeader.msg_id === id))
    await kernel.send("stdin", "input_reply", { status: "ok", value })
    return { request, cell: await kernel.finished(id) }
  }

  it("asks the client that sent the cell", async () => {
    const { request, cell } = await answered(
      "const who: string = await input('name? '); who.toUpperCase()",
      "ada",
    )
    expect(request.header.msg_type).toBe("input_request")
    expect(request.content).toEqual({ prompt: "name? ", password: false })
    expect(resultText(cell)).toBe("'ADA'")
  })

  it("hides a password", async () => {
    const { request, cell } = await answered("(await input('key', { password: true })).length", "secret")
    expect(request.content).toEqual({ prompt: "key", password: true })
    expect(resultText(cell)).toBe("6")
  })

  // What Node's documentation of readline shows; a question of it waited for ever, as for a reader who never comes.
  it.each([
    ["process.stdin", "const [stdin, stdout] = [process.stdin, process.stdout]"],
    ["an import of it", 'import { stdin, stdout } from "node:process"'],
  ])("is what readline asks at, by %s", async (_name, line) => {
    const code = [
      'import { createInterface } from "node:readline/promises"',
      line,
      "const lines = createInterface({ input: stdin, output: stdout })",
      "const name = await lines.question('name? ')",
      "lines.close()",
      "name + '!'",
    ].join("\n")
    for (const value of ["ada", "grace"]) {
      const { request, cell } = await answered(code, value)
      expect(request.content).toEqual({ prompt: "", password: false })
      expect([printed(cell), resultText(cell)]).toEqual(["name? ", `'${value}!'`])
      expect(
        kernel.stdinMessages.filter((m) => m.parentHeader.msg_id === request.parentHeader.msg_id),
      ).toEqual([request])
    }
  })

  it("gives lines until the reader ends it, and none where the client takes no input", async () => {
    const code =
      "const read: string[] = []\nfor await (const each of process.stdin) read.push(String(each))\nread.join()"
    const id = await kernel.sendCell(code, { allow_stdin: true })
    const asked = () => kernel.stdinMessages.filter((m) => m.parentHeader.msg_id === id).length
    for (const [i, value] of ["a", "b", "\x04"].entries()) {
      await kernel.until(() => asked() === i + 1)
      await kernel.send("stdin", "input_reply", { status: "ok", value })
    }
    expect(resultText(await kernel.finished(id))).toBe("'a\\n,b\\n'")
    expect(resultText(await kernel.execute(code, { allow_stdin: false }))).toBe("''")
  })

  it("is refused where the client takes no input", async () => {
    const { reply } = await kernel.execute("await input('?')", { allow_stdin: false })
    expect(reply.content).toMatchObject({ status: "error", ename: "StdinNotImplementedError" })
  })
})

describe("display", () => {
  it("shows, updates and clears", async () => {
    const { outputs } = await kernel.execute(
      [
        "const shown = display({ 'text/html': '<i>1</i>' }, { raw: true, displayId: 'd1' })",
        "updateDisplay('d1', { 'text/html': '<i>2</i>' }, { raw: true })",
        "shown.update(3)",
        "clearOutput({ wait: true })",
        "shown.id",
      ].join("\n"),
    )
    expect(outputs.map((m) => [m.header.msg_type, m.content])).toMatchObject([
      ["display_data", { data: { "text/html": "<i>1</i>" }, metadata: {}, transient: { display_id: "d1" } }],
      ["update_display_data", { data: { "text/html": "<i>2</i>" }, transient: { display_id: "d1" } }],
      ["update_display_data", { data: { "text/plain": "3" }, transient: { display_id: "d1" } }],
      ["clear_output", { wait: true }],
      ["execute_result", { data: { "text/plain": "'d1'" } }],
    ])
  })

  it("asks objects for their bundle, also when that takes time, before the reply", async () => {
    const code = `
      const figure = { async [Symbol.for("Jupyter.display")]() {
        await new Promise((r) => setTimeout(r, 20))
        return { "application/vnd.plotly.v1+json": { data: [{ y: new Float32Array([1, 2]) }], layout: {} } }
      } }
      display(figure)
      figure`
    const { outputs } = await kernel.execute(code)
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["display_data", "execute_result"])
    for (const { content } of outputs)
      expect(content.data).toMatchObject({
        "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }], layout: {} },
      })
  })

  it("makes images of PNG bytes", async () => {
    const { outputs } = await kernel.execute("new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10, 0])")
    expect(outputs[0]!.content.data).toEqual({
      "image/png": "iVBORw0KGgoA",
      "text/plain": "PNG image, 9 bytes",
    })
  })

  it("is typed", async () => {
    expect((await kernel.execute("display()")).reply.content.ename).toBe("TS2554")
    expect((await kernel.execute("display(1, { displayID: 'x' })")).reply.content.ename).toMatch(/^TS2\d+$/)
  })
})

describe("requests that are rare", () => {
  it("connect names the ports", async () => {
    const { content } = await kernel.request("shell", "connect_request", {})
    expect(content).toMatchObject({
      status: "ok",
      shell_port: expect.any(Number),
      hb_port: expect.any(Number),
    })
  })

  it("of an unknown type are answered with an error", async () => {
    const { content } = await kernel.request("control", "dance_request", {})
    expect(content).toMatchObject({ status: "error", ename: "NotImplemented" })
  })

  it("print nothing of their own among the cells' output", async () => {
    expect(printed(await kernel.execute("console.log('only this')"))).toBe("only this\n")
  })
})
