import { createHash } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import type { Comm, Comms } from "./comm.js"
import type { Dict, Mimebundle } from "./dict.js"
import { host } from "./host.js"
import { displaySymbol } from "./mime-bundle.js"
import { insertBuffers, type Separated, separateBuffers } from "./widget-buffers.js"

/** The front end that this kernel's widgets ask the page for: what anywidget's lab extension provides. */
const anywidgetRange = "~0.11.*"

/** Version of the widget messages; a page refuses another major one. */
const widgetProtocol = "2.1.0"

const modelFields = {
  _model_module: "anywidget",
  _model_name: "AnyModel",
  _model_module_version: anywidgetRange,
  _view_module: "anywidget",
  _view_name: "AnyView",
  _view_module_version: anywidgetRange,
  _view_count: null,
}

export interface WidgetOptions<State extends object = Dict> {
  /** The front-end module: source text with a default export that has `render({ model, el })`, or its URL. */
  esm: string
  css?: string
  /** What both sides share. Typed arrays travel as binary; they come back from the page as bytes. */
  state?: State
  /** Names the widget to the page; by default derived from its code. */
  id?: string
}

export type ChangeHandler = (value: unknown, previous: unknown) => void
export type CustomHandler = (content: unknown, buffers: Uint8Array[]) => void
type Handler = (first: never, second: never) => void

interface PageMessage {
  method?: string
  state?: Dict
  buffer_paths?: (string | number)[][]
  content?: unknown
}

/** The open widgets of a page, each as a way to get its whole state. */
type WidgetStates = Map<string, () => Separated>

const statesOf = new WeakMap<Comms, WidgetStates>()

/** A widget on the page and its state here: each side sees the other's changes. */
export class Widget<State extends object = Dict> {
  readonly #comm: Comm
  readonly #handlers = new Map<string, Set<Handler>>()
  #state: Dict

  constructor(options: WidgetOptions<State>, comms: Comms) {
    const { esm, css, state, id } = options
    this.#state = {
      ...modelFields,
      _esm: esm,
      ...(css === undefined ? {} : { _css: css }),
      // The page drops the style of a widget without this id.
      _anywidget_id:
        id ?? `prelab.${createHash("sha256").update(`${esm}\0${css}`).digest("hex").slice(0, 16)}`,
      ...state,
    }
    const sent = separateBuffers(this.#state)
    const data = { state: sent.state, buffer_paths: sent.buffer_paths }
    this.#comm = comms.open("jupyter.widget", data, sent.buffers, { version: widgetProtocol })
    this.#comm.onMessage = (message, buffers) => this.#receive(message as PageMessage, buffers)
    this.#comm.onClose = () => this.#forget()
    widgetsIn(comms).set(this.modelId, () => separateBuffers(this.#state))
  }

  get modelId(): string {
    return this.#comm.id
  }

  get closed(): boolean {
    return this.#comm.closed
  }

  get<K extends keyof State & string>(name: K): State[K] {
    return this.#state[name] as State[K]
  }

  /** Changes a value here and on the page; an equal one changes nothing and is not sent. */
  set<K extends keyof State & string>(name: K, value: State[K]): void {
    this.update({ [name]: value } as unknown as Partial<State>)
  }

  /** Changes several values with one message. */
  update(values: Partial<State>): void {
    const changed = this.#apply(values as Dict)
    if (Object.keys(changed).length > 0) this.#sendState("update", changed)
    this.#tell(changed)
  }

  /** `change:name` (value, previous), `change` for any, `msg:custom` (content, buffers). */
  on(event: "msg:custom", handler: CustomHandler): this
  on(event: string, handler: ChangeHandler): this
  on(event: string, handler: Handler): this {
    const handlers = this.#handlers.get(event) ?? new Set()
    this.#handlers.set(event, handlers.add(handler))
    return this
  }

  /** Takes one handler of an event off, or all of them. */
  off(event: string, handler?: ChangeHandler | CustomHandler): this {
    if (handler) this.#handlers.get(event)?.delete(handler as Handler)
    else this.#handlers.delete(event)
    return this
  }

  /** Sends the view a custom message; it sees it as `msg:custom`. */
  send(content: unknown, buffers: Uint8Array[] = []): void {
    this.#comm.send({ method: "custom", content }, buffers)
  }

  close(): void {
    this.#forget()
    this.#comm.close()
  }

  [displaySymbol](): Mimebundle {
    return {
      "application/vnd.jupyter.widget-view+json": {
        version_major: 2,
        version_minor: 0,
        model_id: this.modelId,
      },
      "text/plain": `Widget(${this.modelId})`,
    }
  }

  #receive(message: PageMessage, buffers: Uint8Array[]): void {
    if (message.method === "update") {
      const values = insertBuffers(message.state ?? {}, message.buffer_paths, buffers)
      // Other views learn of the change from this echo; sent before the handlers, which may change it again.
      if (process.env.JUPYTER_WIDGETS_ECHO !== "0") this.#sendState("echo_update", values)
      this.#tell(this.#apply(values))
    } else if (message.method === "request_state") this.#sendState("update", this.#state)
    else if (message.method === "custom") this.#emit("msg:custom", message.content, buffers)
  }

  #sendState(method: string, values: Dict): void {
    const { state, buffer_paths, buffers } = separateBuffers(values)
    this.#comm.send({ method, state, buffer_paths }, buffers)
  }

  /** Takes over what differs; gives the previous values of that. */
  #apply(values: Dict): Dict {
    const changed = Object.entries(values).filter(
      ([name, value]) => !isDeepStrictEqual(value, this.#state[name]),
    )
    this.#previous = Object.fromEntries(changed.map(([name]) => [name, this.#state[name]]))
    this.#state = { ...this.#state, ...Object.fromEntries(changed) }
    return Object.fromEntries(changed)
  }

  #previous: Dict = {}

  #tell(changed: Dict): void {
    const previous = this.#previous
    for (const [name, value] of Object.entries(changed)) {
      this.#emit(`change:${name}`, value, previous[name])
      this.#emit("change", value, previous[name])
    }
  }

  #emit(event: string, first: unknown, second: unknown): void {
    for (const handler of this.#handlers.get(event) ?? []) handler(first as never, second as never)
  }

  #forget(): void {
    widgetsIn(this.#comm.comms).delete(this.modelId)
  }
}

function widgetsIn(comms: Comms): WidgetStates {
  const known: WidgetStates = statesOf.get(comms) ?? new Map()
  statesOf.set(comms, known)
  return known
}

/**
 * Makes a widget from a front-end module: `createWidget({ esm, css, state: { count: 0 } })`. It shows itself as
 * a cell's value or with `display`, and once more after the page is reloaded.
 */
export function createWidget<State extends object = Dict>(options: WidgetOptions<State>): Widget<State> {
  return new Widget(options, host("createWidget").comms)
}

/**
 * Answers a reloaded page that asks for all widgets at once. The paths start with id and "state", which
 * JupyterLab's manager needs although the message format does not say so.
 */
export function serveWidgetControl(comms: Comms): void {
  comms.register("jupyter.widget.control", (comm) => {
    comm.onMessage = (message) => {
      if (message.method !== "request_states") return
      const states: Dict = {}
      const buffer_paths: (string | number)[][] = []
      const buffers: Uint8Array[] = []
      for (const [id, stateOf] of widgetsIn(comms)) {
        const separated = stateOf()
        states[id] = {
          model_name: modelFields._model_name,
          model_module: modelFields._model_module,
          model_module_version: modelFields._model_module_version,
          state: separated.state,
        }
        buffer_paths.push(...separated.buffer_paths.map((path) => [id, "state", ...path]))
        buffers.push(...separated.buffers)
      }
      comm.send({ method: "update_states", states, buffer_paths }, buffers)
    }
  })
}
