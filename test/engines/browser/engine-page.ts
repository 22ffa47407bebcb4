import type { Page } from "playwright-core"
import { Comms } from "../../../src/kernel/comm.js"
import { setHost } from "../../../src/kernel/host.js"
import { bundled } from "./bundle.js"

/** A widget message on its way, its buffers in base64: they cross as text. */
interface Crossing {
  readonly data: { readonly method?: string; readonly content?: unknown; readonly state?: object }
  readonly buffers: string[]
}

/**
 * What the tests look at: every message that the kernel's side sent, and a way to play the page's part
 * oneself.
 */
export interface Wire {
  /** Custom messages of the kernel, oldest first, with how many bytes they carried. */
  readonly sent: { readonly content: { readonly type: string }; readonly bytes: number }[]
  /** What was displayed below the cell. */
  displays: number
  receive(content: unknown, buffers?: Uint8Array[]): void
  /** Closes all widgets, as a restart does. */
  close(): void
}

/** A host whose widgets end here instead of in a notebook; `toPage` gets what they send. */
export function hostOnWire(toPage: (crossing: Crossing) => void = () => {}): Wire {
  let id = ""
  const wire: Wire = {
    sent: [],
    displays: 0,
    close: () => comms.closeAll(),
    receive: (content, buffers = []) =>
      void comms.receive("comm_msg", { comm_id: id, data: { method: "custom", content } }, buffers),
  }
  const comms = new Comms((type, content, { buffers = [] }) => {
    const { comm_id, data } = content as { comm_id: string; data: Crossing["data"] }
    if (type === "comm_open") id = comm_id
    else if (data.method === "custom") {
      const bytes = buffers.reduce((sum, { length }) => sum + length, 0)
      wire.sent.push({ content: data.content as { type: string }, bytes })
    }
    toPage({ data, buffers: buffers.map((buffer) => Buffer.from(buffer).toString("base64")) })
  })
  const publish = () => void wire.displays++
  setHost({ publish, input: async () => "", addPayload() {}, waitFor() {}, comms })
  return wire
}

/** Puts the browser engine's page half on a page: what a notebook's page does when the widget opens. */
export async function serveFrom(page: Page): Promise<Wire & { delivered(): Promise<unknown> }> {
  // WebGPU is there in secure contexts alone, and this machine is one.
  await page.route("http://127.0.0.1/", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  )
  await page.goto("http://127.0.0.1/")
  const { esm, css } = await bundled()
  let delivered: Promise<unknown> = Promise.resolve()
  const wire = hostOnWire((crossing) => {
    delivered = Promise.all([delivered, page.evaluate(deliver, crossing)])
  })
  await page.exposeFunction("toKernel", (content: unknown, buffers: string[]) =>
    wire.receive(
      content,
      buffers.map((text) => new Uint8Array(Buffer.from(text, "base64"))),
    ),
  )
  await page.addStyleTag({ content: css })
  const url = `data:text/javascript;base64,${Buffer.from(esm).toString("base64")}`
  await page.addScriptTag({ type: "module", content: `import widget from "${url}"; window.widget = widget` })
  await page.waitForFunction("window.widget")
  await page.evaluate(mount)
  return Object.assign(wire, { delivered: () => delivered })
}

/** Runs in the page. */
function deliver(crossing: Crossing): void {
  const page = globalThis as unknown as { receive(crossing: Crossing): void }
  page.receive(crossing)
}

/** Runs in the page: anywidget's model, and the widget's two halves. */
function mount(): void {
  const page = globalThis as unknown as {
    toKernel(content: unknown, buffers: string[]): void
    receive(crossing: Crossing): void
    widget: { initialize(it: object): () => void; render(it: object): () => void }
    document: { body: { append(...nodes: unknown[]): void }; createElement(tag: string): unknown }
  }
  const state: Record<string, unknown> = {}
  const handlers = new Map<string, Set<(...args: unknown[]) => void>>()
  const tell = (event: string, ...args: unknown[]) => {
    for (const handler of handlers.get(event) ?? []) handler(...args)
  }
  const textOf = (buffer: ArrayBuffer) => {
    const bytes = new Uint8Array(buffer)
    let text = ""
    for (let at = 0; at < bytes.length; at += 32768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32768))
    return btoa(text)
  }
  const model = {
    get: (name: string) => state[name],
    on: (event: string, handler: () => void) =>
      handlers.set(event, (handlers.get(event) ?? new Set()).add(handler)),
    off: (event: string, handler: () => void) => handlers.get(event)?.delete(handler),
    send: (content: unknown, _callbacks: undefined, buffers: ArrayBuffer[] = []) =>
      page.toKernel(content, buffers.map(textOf)),
  }
  let started = false
  page.receive = ({ data, buffers }) => {
    if (data.method === "custom") {
      const views = buffers.map(
        (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer),
      )
      return tell("msg:custom", data.content, views)
    }
    Object.assign(state, data.state)
    for (const name of Object.keys(data.state ?? {})) tell(`change:${name}`)
    if (started) return
    started = true
    page.widget.initialize({ model })
    const el = page.document.createElement("div")
    page.document.body.append(el)
    page.widget.render({ model, el })
  }
}
