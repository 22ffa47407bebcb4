import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import type { Page } from "playwright-core"
import { Comms } from "../../src/kernel/comm.js"
import { setHost } from "../../src/kernel/host.js"
import type { Net } from "../../src/net/index.js"
import {
  type SlopeExplorer,
  type SlopeExplorerOptions,
  slopeExplorer,
} from "../../src/widgets/explore-slopes.js"

const folder = fileURLToPath(new URL("../../widgets/slope-explorer/", import.meta.url))

/** The front end as `npm run build` bundles it. */
export async function bundled(): Promise<{ esm: string; css: string }> {
  const bundle = async (entry: string) => {
    const { outputFiles } = await build({
      entryPoints: [`${folder}${entry}`],
      bundle: true,
      format: "esm",
      target: "es2022",
      minify: true,
      write: false,
      logLevel: "silent",
    })
    return outputFiles[0]!.text
  }
  return { esm: await bundle("index.ts"), css: await bundle("style.css") }
}

interface Sent {
  readonly state: Record<string, unknown>
  readonly buffer_paths: (string | number)[][]
  /** In base64: they cross to the page as text. */
  readonly buffers: string[]
}

/** What left the kernel: messages of the widget's comm, oldest first. */
export interface Wire {
  readonly sent: { readonly method: string; readonly state: Record<string, unknown> }[]
}

/**
 * An explorer whose comm ends here instead of in a notebook. `toPage` gets its updates, `receive` takes the
 * page's.
 */
export function explorerOnWire(
  net: Net,
  options: SlopeExplorerOptions,
  toPage: (sent: Sent) => void = () => {},
) {
  const wire: Wire = { sent: [] }
  let open: Sent | undefined
  let id = ""
  const comms = new Comms((type, content, { buffers = [] }) => {
    const { comm_id, data } = content as { comm_id: string; data: Sent & { method?: string } }
    const sent = {
      state: data.state,
      buffer_paths: data.buffer_paths,
      buffers: buffers.map((buffer) => Buffer.from(buffer).toString("base64")),
    }
    if (type === "comm_open") {
      id = comm_id
      open = sent
    } else if (type === "comm_msg") {
      wire.sent.push({ method: data.method ?? "update", state: data.state })
      if (data.method === "update") toPage(sent)
    }
  })
  setHost({ publish() {}, input: async () => "", addPayload() {}, waitFor() {}, comms })
  const explorer: SlopeExplorer = slopeExplorer(net, options)
  const receive = (state: object) =>
    comms.receive("comm_msg", { comm_id: id, data: { method: "update", state, buffer_paths: [] } }, [])
  return { explorer, wire, receive, open: open! }
}

/**
 * Puts an explorer's front end on a page, with a model like anywidget's between it and the real kernel side:
 * `save_changes` sends what was set, and what the kernel sends changes the model.
 */
export async function mountExplorer(page: Page, net: Net, options: SlopeExplorerOptions) {
  const { esm, css } = await bundled()
  let live = false
  const early: Sent[] = []
  const deliver = (sent: Sent) => void page.evaluate((message) => window.receive(message), sent)
  const made = explorerOnWire(net, options, (sent) => {
    if (live) deliver(sent)
    else early.push(sent)
  })
  await page.exposeFunction("toKernel", (state: object) => made.receive(state))
  await page.addStyleTag({ content: css })
  const url = `data:text/javascript;base64,${Buffer.from(esm).toString("base64")}`
  await page.addScriptTag({ type: "module", content: `import widget from "${url}"; window.widget = widget` })
  await page.waitForFunction("window.widget")
  await page.evaluate(mount, made.open)
  live = true
  early.forEach(deliver)
  return made
}

declare global {
  /** The page's global object, which Node's types do not know. */
  var window: { receive(sent: Sent): void }
}

/** Runs in the page. */
function mount(open: Sent): void {
  const page = globalThis as unknown as {
    toKernel(state: object): void
    receive(sent: Sent): void
    cleanup(): void
    widget: { render(view: object): () => void }
    document: { body: { append(...nodes: unknown[]): void }; createElement(tag: string): unknown }
  }
  const state: Record<string, unknown> = {}
  const handlers = new Map<string, Set<() => void>>()
  let dirty: Record<string, unknown> = {}
  const take = ({ state: next, buffer_paths, buffers }: Sent) => {
    buffer_paths.forEach((path, i) => {
      let place = next as Record<string | number, unknown>
      for (const key of path.slice(0, -1)) place = place[key] as typeof place
      place[path.at(-1)!] = new DataView(Uint8Array.from(atob(buffers[i]!), (c) => c.charCodeAt(0)).buffer)
    })
    Object.assign(state, next)
    return Object.keys(next)
  }
  take(open)
  page.receive = (sent) => {
    for (const name of take(sent)) for (const handler of handlers.get(`change:${name}`) ?? []) handler()
  }
  const model = {
    get: (name: string) => state[name],
    set(name: string, value: unknown) {
      state[name] = value
      dirty[name] = value
      for (const handler of handlers.get(`change:${name}`) ?? []) handler()
    },
    on(event: string, handler: () => void) {
      handlers.set(event, (handlers.get(event) ?? new Set()).add(handler))
    },
    off(event: string, handler: () => void) {
      handlers.get(event)?.delete(handler)
    },
    save_changes() {
      page.toKernel(dirty)
      dirty = {}
    },
  }
  const el = page.document.createElement("div")
  page.document.body.append(el)
  page.cleanup = page.widget.render({ model, el })
}
