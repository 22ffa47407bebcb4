import { type Page, type PageRan, setFindPage } from "../engines/browser/index.js"
import { PrelabError } from "../error.js"
import { createWidget } from "../kernel/create-widget.js"
import { display } from "../kernel/display.js"
import { hasHost } from "../kernel/host.js"
import { stopSignal } from "../kernel/scope.js"
import type { Widget } from "../kernel/widget.js"
import { outsideOfCells } from "../outside-of-cells.js"
import { frontEnd } from "./front-end.js"
import type { FromPage, PageEngineState, ToPage } from "./page-messages.js"
import { pageScripts } from "./page-scripts.js"
import { PageSession } from "./page-session.js"

/**
 * A page says hello as soon as it has the widget; one that shows nothing yet may need to be shown it. In
 * milliseconds.
 */
export const patience = { untilShown: 2000, untilGivenUp: 8000 }

/** The widget shows at most so many passes a second. */
const mostUpdates = 10

/** The reader's pages as a place for gpu.js, and the one widget that shows it. */
export class PageEngine {
  readonly #widget: Widget<PageEngineState>
  #session: PageSession | undefined
  #starting: Promise<PageSession> | undefined
  #hello: ((page: string) => void) | undefined
  #isShown = false
  #passes = 0
  #last: Partial<PageEngineState> = {}
  #updating: NodeJS.Timeout | undefined

  constructor() {
    this.#widget = createWidget<PageEngineState>({
      ...frontEnd("browser-engine"),
      id: "prelab.BrowserEngine",
      state: {
        status: "waiting for a page",
        backend: "",
        adapter: "",
        kernels: 0,
        milliseconds: 0,
        passes: 0,
      },
    })
    this.#widget.on("msg:custom", (content, buffers) => this.#receive(content as FromPage, buffers))
  }

  get closed(): boolean {
    return this.#widget.closed
  }

  /** The page that runs plans: the one that does already, else the first that says hello. */
  find(): Promise<Page> {
    if (this.#session && !this.#session.isOver) return Promise.resolve(this.#session)
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(): Promise<PageSession> {
    this.#session = undefined
    const session = new PageSession(await this.#anyPage(), {
      send: (message, buffers) => this.#send(message, buffers),
      stopSignal,
      onRan: (ran) => this.#show(ran),
    })
    this.#session = session
    await session.start(await pageScripts())
    const [first] = session.found
    this.#widget.update({ status: "ready", backend: first?.backend ?? "", adapter: first?.adapter ?? "" })
    return session
  }

  async #anyPage(): Promise<string> {
    const said = new Promise<string>((resolve) => {
      this.#hello = resolve
    })
    const wait = (milliseconds: number) => {
      let timer: NodeJS.Timeout | undefined
      const silence = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), milliseconds)
      })
      return Promise.race([said, silence]).finally(() => clearTimeout(timer))
    }
    const { untilShown, untilGivenUp } = patience
    if (!this.#isShown) display(this.#widget)
    this.#send({ type: "who" })
    let page = await wait(untilShown)
    // Its output may have been cleared, or belong to another notebook of this kernel.
    if (page === undefined && this.#isShown) display(this.#widget)
    page ??= await wait(untilGivenUp - untilShown)
    this.#hello = undefined
    this.#isShown = page !== undefined
    if (page !== undefined) return page
    throw new PrelabError("no page answers", "browser engine", {
      hint: "run the cell in a notebook that is open in a browser, with anywidget's extension; or use engine gpu or reference",
    })
  }

  #receive(message: FromPage, buffers: Uint8Array[]): void {
    if (message.type === "hello") this.#hello?.(message.from)
    else if (message.from === this.#session?.id) this.#session.receive(message, buffers)
  }

  #send(message: ToPage, buffers: Uint8Array[] = []): void {
    this.#widget.send(message, buffers)
  }

  #show({ backend, detail, kernels, milliseconds }: PageRan): void {
    const adapter = this.#session?.found.find((found) => found.backend === backend)?.adapter ?? detail
    this.#last = { backend, adapter, kernels, milliseconds, passes: ++this.#passes }
    // One update for all that happens meanwhile.
    this.#updating ??= outsideOfCells(() =>
      setTimeout(() => {
        this.#updating = undefined
        if (!this.closed) this.#widget.update(this.#last)
      }, 1000 / mostUpdates),
    )
  }
}

let engine: PageEngine | undefined

/** Makes the pages in front of this kernel's notebooks the place where the browser engine runs. */
export function servePages(): void {
  setFindPage(async () => {
    if (!hasHost()) {
      throw new PrelabError("engine needs a notebook's page", "browser", {
        hint: "use engine gpu or reference",
      })
    }
    if (engine === undefined || engine.closed) engine = new PageEngine()
    return engine.find()
  })
}
