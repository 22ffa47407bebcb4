import { fileURLToPath } from "node:url"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { ActedPage, type Request, works } from "../widgets/acted-page.js"
import { KernelClient, resultText, withLibrary } from "./client.js"

// Comm messages reach the widget while a cell waits for them: the page's part is played here, over the real sockets.

const data = fileURLToPath(new URL("../../notebooks/data", import.meta.url))
const pass = 'String(await forward(net, { data: images }, { engine: "browser" }))'

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ program: withLibrary })
  const { reply } = await kernel.execute(
    `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")\n` +
      "const images = { shape: [1, 1, 28, 28], data: new Float32Array(784) }\nlet state = 41",
  )
  expect(reply.content).toMatchObject({ status: "ok" })
})
afterAll(async () => {
  await kernel.close()
})

/** Hands a page what the kernel sends, until `close`. */
function connect(name: string, answer?: (request: Request) => ReturnType<typeof works> | undefined) {
  const comm = () =>
    kernel.iopubMessages.findLast(
      ({ header, content }) =>
        header.msg_type === "comm_open" && JSON.stringify(content).includes("prelab.BrowserEngine"),
    )?.content.comm_id
  const page = new ActedPage(
    name,
    (content, buffers = []) => {
      const message = { comm_id: comm(), data: { method: "custom", content } }
      void kernel.send("shell", "comm_msg", message, { buffers })
    },
    answer,
    10,
  )
  let seen = kernel.iopubMessages.length
  const timer = setInterval(() => {
    for (const { header, content, buffers } of kernel.iopubMessages.slice(seen)) {
      seen++
      const custom = content.data as { method?: string; content: never } | undefined
      if (header.msg_type === "comm_msg" && custom?.method === "custom")
        page.take(custom.content, buffers[0] ?? new Uint8Array(0))
    }
  }, 5)
  close = () => clearInterval(timer)
  return page
}
let close = () => {}
afterEach(() => close())

it("a pass runs in the page while its cell waits", async () => {
  const page = connect("first")
  const cell = await kernel.execute(pass)
  expect(resultText(cell)).toBe("'Forward on browser (webgl2): prob 1x10'")
  expect(page.asked.map(({ type }) => type)).toEqual(["start", "compile", "run"])
  // The widget is shown below the cell that needed it first.
  expect(cell.outputs.map(({ header }) => header.msg_type)).toContain("display_data")
  const again = await kernel.execute(pass)
  expect(again.outputs.map(({ header }) => header.msg_type)).not.toContain("display_data")
  expect(page.asked.map(({ type }) => type)).toEqual(["start", "compile", "run", "run"])
})

it("a Stop ends the pass here and in the page, and the next one works", async () => {
  await kernel.execute("process.exit()")
  await kernel.execute(
    `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")\n` +
      "const images = { shape: [1, 1, 28, 28], data: new Float32Array(784) }",
  )
  let isSlow = true
  const page = connect("second", (request) => (isSlow && request.type === "run" ? undefined : works(request)))
  const id = await kernel.sendCell(pass)
  await kernel.until(() => page.asked.some(({ type }) => type === "run"))
  await kernel.request("control", "interrupt_request", {})
  const { reply } = await kernel.finished(id)
  expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
  await kernel.until(() => page.told.includes("cancel"))
  isSlow = false
  expect(resultText(await kernel.execute(pass))).toBe("'Forward on browser (webgl2): prob 1x10'")
  expect(page.asked.filter(({ type }) => type === "start").length).toBe(2)
})

it("a run that no page shows ends with what to do", async () => {
  await kernel.execute("process.exit()")
  await kernel.execute(
    `const net = await loadNet("${data}/digits.prototxt", "${data}/digits.caffemodel")\n` +
      "const images = { shape: [1, 1, 28, 28], data: new Float32Array(784) }",
  )
  const { reply } = await kernel.execute(pass)
  expect(reply.content).toMatchObject({
    status: "error",
    evalue: expect.stringContaining("no page answers: browser engine; run the cell in a notebook"),
  })
})
