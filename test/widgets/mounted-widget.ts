import type { Page } from "playwright-core"
import { bundled } from "./bundled.js"
import { type FromPage, onWire, type Sent } from "./wire.js"

/**
 * Puts a widget's front end on a page, with a model like anywidget's between it and the real kernel side:
 * `save_changes` sends what was set, what the kernel sends changes the model, `experimental.invoke` asks the kernel.
 *
 * @param name the folder in widgets/
 * @param make makes the kernel side, which opens the comm
 */
export async function mountWidget<T>(page: Page, name: string, make: () => T) {
  const { esm, css } = await bundled(name)
  let live = false
  const early: Sent[] = []
  const deliver = (sent: Sent) =>
    page
      .evaluate((message) => window.receive(message), sent)
      .catch((error: unknown) => {
        // A test that is over has closed its page, while the kernel's side still answers.
        if (!page.isClosed()) throw error
      })
  const made = onWire(make, (sent) => {
    if (live) deliver(sent)
    else early.push(sent)
  })
  await made.made
  await page.exposeFunction("toKernel", (message: FromPage) => made.receive(message))
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
    toKernel(message: FromPage): void
    receive(sent: Sent): void
    cleanup(): void
    /** Another view of the same model. */
    renderAgain(): () => void
    widget: { initialize?(view: object): void; render(view: object): () => void }
    document: { body: { append(...nodes: unknown[]): void }; createElement(tag: string): unknown }
  }
  const state: Record<string, unknown> = {}
  const handlers = new Map<string, Set<(...values: unknown[]) => void>>()
  let dirty: Record<string, unknown> = {}
  const emit = (event: string, ...values: unknown[]) => {
    for (const handler of handlers.get(event) ?? []) handler(...values)
  }
  const viewOf = (base64: string) =>
    new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer)
  const take = ({ state: next, buffer_paths, buffers }: Sent) => {
    buffer_paths.forEach((path, i) => {
      let place = next as Record<string | number, unknown>
      for (const key of path.slice(0, -1)) place = place[key] as typeof place
      place[path.at(-1)!] = viewOf(buffers[i]!)
    })
    Object.assign(state, next)
    return Object.keys(next)
  }
  take(open)
  page.receive = (sent) => {
    if (sent.method === "custom") emit("msg:custom", sent.content, sent.buffers.map(viewOf))
    else for (const name of take(sent)) emit(`change:${name}`)
  }
  const on = (event: string, handler: () => void) => {
    handlers.set(event, (handlers.get(event) ?? new Set()).add(handler))
  }
  const off = (event: string, handler: () => void) => void handlers.get(event)?.delete(handler)
  const model = {
    get: (name: string) => state[name],
    set(name: string, value: unknown) {
      state[name] = value
      dirty[name] = value
      emit(`change:${name}`)
    },
    on,
    off,
    save_changes() {
      page.toKernel({ state: dirty })
      dirty = {}
    },
    send: (content: unknown) => page.toKernel({ content }),
  }
  let questions = 0
  const invoke = (name: string, msg: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      const id = `question-${++questions}`
      const hear = (content: { id?: string; response?: unknown }, buffers: DataView[]) => {
        if (content.id !== id) return
        off("msg:custom", hear as never)
        resolve([content.response, buffers])
      }
      on("msg:custom", hear as never)
      signal?.addEventListener("abort", () => reject(signal.reason))
      page.toKernel({ content: { id, kind: "anywidget-command", name, msg } })
    })
  const render = () => {
    // On the page only when it has been rendered, as in JupyterLab.
    const el = page.document.createElement("div")
    const cleanup = page.widget.render({ model, el, experimental: { invoke } })
    page.document.body.append(el)
    return cleanup
  }
  page.widget.initialize?.({ model, experimental: { invoke } })
  page.renderAgain = render
  page.cleanup = render()
}
