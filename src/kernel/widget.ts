import type { Comm, Comms } from "./comm.js"
import type { Dict, Mimebundle } from "./dict.js"
import { displaySymbol } from "./displayable.js"
import { insertBuffers, type Separated, separateBuffers } from "./widget-buffers.js"
import { modelPrefix, sameValue, withWidgets } from "./widget-values.js"

/** Version of the widget messages; a page refuses another major one. */
const widgetProtocol = "2.1.0"

export type ChangeHandler = (value: unknown, previous: unknown) => void
export type CustomHandler = (content: unknown, buffers: Uint8Array[]) => void
type Handler = (first: never, second: never) => void

/** Who is told of a state's changes, by the names of the events. */
export type ChangeHandlers<State extends object> = {
  readonly [K in keyof State & string as `change:${K}`]: (value: State[K], previous: State[K]) => void
}

interface PageMessage {
  method?: string
  state?: Dict
  buffer_paths?: (string | number)[][]
  content?: unknown
}

/** What the page makes a model of: the names of its classes for model and view, and the state. */
export interface ModelState {
  readonly _model_module: string
  readonly _model_name: string
  readonly _model_module_version: string
}

/** How one value of a state crosses between kernel and page, where it does not as it is. */
export interface Trait {
  readonly toPage?: (value: unknown) => unknown
  readonly fromPage?: (value: unknown) => unknown
  /** False where the page's other views need not learn of its changes. */
  readonly echo?: boolean
}

export type Traits = Readonly<Record<string, Trait>>

const openWidgets = new WeakMap<Comms, Map<string, Widget<object>>>()

/** The open widgets of a kernel, by the ids of their models. */
export function widgetsIn(comms: Comms): Map<string, Widget<object>> {
  const known = openWidgets.get(comms) ?? new Map<string, Widget<object>>()
  openWidgets.set(comms, known)
  return known
}

/** A widget on the page and its state here: each side sees the other's changes. */
export class Widget<State extends object = Dict> {
  readonly #comm: Comm
  readonly #handlers = new Map<string, Set<Handler>>()
  readonly #model: ModelState
  readonly #traits: Traits
  #state: Dict
  /** What waits for the end of `holdSync`. */
  #held: Dict | undefined

  /** Opens the comm, which makes the model on the page. */
  constructor(model: ModelState, state: State, comms: Comms, traits: Traits = {}) {
    this.#model = model
    this.#traits = traits
    this.#state = { ...model, ...state }
    const sent = this.#forPage(this.#state)
    const data = { state: sent.state, buffer_paths: sent.buffer_paths }
    this.#comm = comms.open("jupyter.widget", data, sent.buffers, { version: widgetProtocol })
    this.#comm.onMessage = (message, buffers) => this.#receive(message as PageMessage, buffers)
    this.#comm.onEnd = () => {
      widgetsIn(comms).delete(this.modelId)
      this.emit("close")
    }
    widgetsIn(comms).set(this.modelId, this as Widget<object>)
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
    const { changed, previous } = this.#apply(values as Dict)
    if (Object.keys(changed).length === 0) return
    if (this.#held) Object.assign(this.#held, changed)
    else this.#sendState("update", changed)
    this.#tell(changed, previous)
  }

  /** All that `work` sets reaches the page with one message, when it has ended. */
  holdSync<T>(work: () => T): T {
    if (this.#held) return work()
    this.#held = {}
    try {
      return work()
    } finally {
      const held = this.#held
      this.#held = undefined
      if (Object.keys(held).length > 0) this.#sendState("update", held)
    }
  }

  /**
   * Calls back on `change:name` (value, previous), `change` for any of them, `msg:custom` (content, buffers) and
   * `close`, whichever side closed it.
   */
  on<E extends keyof ChangeHandlers<State>>(event: E, handler: ChangeHandlers<State>[E]): this
  on(event: "msg:custom", handler: CustomHandler): this
  on(event: string, handler: ChangeHandler): this
  on(event: string, handler: unknown): this {
    const handlers = this.#handlers.get(event) ?? new Set()
    this.#handlers.set(event, handlers.add(handler as Handler))
    return this
  }

  /** Takes one handler of an event off, or all of them. */
  off(event: string, handler?: Handler): this {
    if (handler) this.#handlers.get(event)?.delete(handler)
    else this.#handlers.delete(event)
    return this
  }

  /** Sends the view a custom message; it sees it as `msg:custom`. */
  send(content: unknown, buffers: Uint8Array[] = []): void {
    this.#comm.send({ method: "custom", content }, buffers)
  }

  /** Takes the widget off the page; what is sent afterwards goes nowhere. */
  close(): void {
    this.#comm.close()
  }

  /** How it stands in another widget's state. */
  toJSON(): string {
    return modelPrefix + this.modelId
  }

  [displaySymbol](): Mimebundle {
    return {
      "application/vnd.jupyter.widget-view+json": {
        version_major: 2,
        version_minor: 0,
        model_id: this.modelId,
      },
      "text/plain": String(this),
    }
  }

  toString(): string {
    return `Widget(${this.modelId})`
  }

  /** The whole state, as a reloaded page gets it. */
  snapshot() {
    const { _model_name, _model_module, _model_module_version } = this.#model
    const { state, buffer_paths, buffers } = this.#forPage(this.#state)
    const model = {
      model_name: _model_name,
      model_module: _model_module,
      model_module_version: _model_module_version,
    }
    return { model: { ...model, state }, buffer_paths, buffers }
  }

  protected emit(event: string, first?: unknown, second?: unknown): void {
    for (const handler of this.#handlers.get(event) ?? []) handler(first as never, second as never)
  }

  #receive(message: PageMessage, buffers: Uint8Array[]): void {
    if (message.method === "update") {
      const sent = insertBuffers(message.state ?? {}, message.buffer_paths, buffers)
      const widgets = widgetsIn(this.#comm.comms)
      const named = withWidgets(sent, (id) => widgets.get(id)) as Dict
      const values = this.#crossed(named, "fromPage")
      // Other views learn of the change from this echo; sent before the handlers, which may change it again.
      const echoed = Object.entries(values).filter(([name]) => this.#traits[name]?.echo !== false)
      if (isEchoing() && echoed.length > 0) this.#sendState("echo_update", Object.fromEntries(echoed))
      const { changed, previous } = this.#apply(values)
      this.#tell(changed, previous)
    } else if (message.method === "request_state") this.#sendState("update", this.#state)
    else if (message.method === "custom") this.emit("msg:custom", message.content, buffers)
  }

  #sendState(method: string, values: Dict): void {
    const { state, buffer_paths, buffers } = this.#forPage(values)
    this.#comm.send({ method, state, buffer_paths }, buffers)
  }

  #forPage(values: Dict): Separated {
    return separateBuffers(this.#crossed(values, "toPage"))
  }

  #crossed(values: Dict, way: "toPage" | "fromPage"): Dict {
    const cross = ([name, value]: [string, unknown]) => [name, this.#traits[name]?.[way]?.(value) ?? value]
    return Object.fromEntries(Object.entries(values).map(cross))
  }

  /** Takes over what differs. */
  #apply(values: Dict): { changed: Dict; previous: Dict } {
    const names = Object.keys(values).filter((name) => !sameValue(values[name], this.#state[name]))
    const pick = (from: Dict) => Object.fromEntries(names.map((name) => [name, from[name]]))
    const [changed, previous] = [pick(values), pick(this.#state)]
    this.#state = { ...this.#state, ...changed }
    return { changed, previous }
  }

  #tell(changed: Dict, previous: Dict): void {
    for (const [name, value] of Object.entries(changed)) {
      this.emit(`change:${name}`, value, previous[name])
      this.emit("change", value, previous[name])
    }
  }
}

/** ipywidgets' own switch and its words for off. */
function isEchoing(): boolean {
  return !/^(0|0\.0|no?|false|off)$/i.test(process.env.JUPYTER_WIDGETS_ECHO ?? "")
}
