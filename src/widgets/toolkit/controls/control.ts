import { PrelabError } from "../../../error.js"
import { host } from "../../../kernel/host.js"
import { type Traits, Widget } from "../../../kernel/widget.js"
import { type Child, widgetOf } from "./child.js"
import { dates } from "./dates.js"
import { table } from "./generated/table.js"

/** What a control can begin with; layout and style also as plain values. */
export type ControlOptions<State> = {
  [K in keyof State]?: State[K] extends Control<infer Inner> ? State[K] | Partial<Inner> : State[K]
}

type AnyControl = Control<Record<string, unknown>>

/** The classes by name: a layout or a style is made where its control is used. */
const classes = new Map<string, new (state: object) => AnyControl>()

/** A control of ipywidgets: its values are properties, and what the page tells of it are events. */
export class Control<State extends object> extends Widget<State> {
  readonly #name: string

  constructor(name: string, state: object) {
    const { module, version, view, viewModule, state: initial } = table[name]!
    const known = Object.keys(initial)
    const unknown = Object.keys(state).find((key) => !known.includes(key))
    if (unknown !== undefined)
      throw new PrelabError(`${name} has no attribute`, unknown, {
        hint: known.filter((key) => !key.startsWith("_")).join(", "),
      })
    const model = {
      _model_module: module,
      _model_module_version: version,
      _model_name: `${name}Model`,
      _view_module: viewModule ?? module,
      _view_module_version: version,
      _view_name: view,
    }
    const whole = { ...initial, ...withParts(name, state) } as State
    super(model, whole, host(`controls.${name}`).comms, traitsOf(name))
    this.#name = name
    // A button's click, a text's Enter.
    this.on("msg:custom", (content) => {
      const event = (content as { event?: unknown } | null)?.event
      if (typeof event === "string") this.emit(event)
    })
  }

  /** A layout and a style are made when they are asked for. */
  override get<K extends keyof State & string>(name: K): State[K] {
    const value = super.get(name)
    const part = value === null ? partOf(this.#name, name) : undefined
    if (part === undefined) return value
    this.set(name, new (classes.get(part)!)({}) as State[K])
    return super.get(name)
  }

  override update(values: Partial<State>): void {
    super.update(withParts(this.#name, values) as Partial<State>)
  }

  override toString(): string {
    const [description, value] = ["description", "value"].map((name) => {
      const found = name in table[this.#name]!.state ? super.get(name as keyof State & string) : undefined
      return typeof found === "object" ? undefined : found
    })
    const said = [description || undefined, value].filter((part) => part !== undefined).join(" ")
    return said ? `${this.#name}: ${said}` : this.#name
  }
}

/** The class of a control: its values as properties of each one. */
export function control<State extends object>(
  name: string,
): new (
  state?: ControlOptions<State>,
) => Control<State> & State {
  const made = class extends Control<State> {
    constructor(state: ControlOptions<State> = {}) {
      super(name, state)
    }
  }
  defineProperties(made.prototype, Object.keys(table[name]!.state))
  classes.set(name, made as unknown as new (state: object) => AnyControl)
  return made as unknown as new (
    state?: ControlOptions<State>,
  ) => Control<State> & State
}

/** `slider.value` is `slider.get("value")`, and assigning to it is `set`. */
export function defineProperties(prototype: object, names: readonly string[]): void {
  for (const name of names) {
    if (name.startsWith("_")) continue
    Object.defineProperty(prototype, name, {
      get(this: Widget) {
        return this.get(name)
      },
      set(this: Widget, value: unknown) {
        this.set(name, value)
      },
      configurable: true,
    })
  }
}

/** The control behind a value that is one of its own: a layout or a style. */
function partOf(name: string, attribute: string): string | undefined {
  const entry = table[name]!
  if (attribute === "layout" && "layout" in entry.state) return "Layout"
  return attribute === "style" ? entry.style : undefined
}

/** Plain layouts and styles become what the page needs. */
function withParts(name: string, state: object): object {
  const made = Object.entries(state).map(([key, value]) => {
    const part = partOf(name, key)
    const isPlain = part !== undefined && value !== null && !(value instanceof Widget)
    return [key, isPlain ? new (classes.get(part)!)(value as object) : value]
  })
  return Object.fromEntries(made)
}

const childrenTrait = { toPage: (value: unknown) => (value as readonly Child[]).map(modelOf) }

/** How a child stands in a message. */
function modelOf(child: Child): string {
  return `IPY_MODEL_${widgetOf(child).modelId}`
}

function traitsOf(name: string): Traits {
  const { date, state } = table[name]!
  const trait = date === undefined ? undefined : dates[date]!
  return {
    ...(trait ? { value: trait, min: trait, max: trait } : {}),
    ...("children" in state ? { children: childrenTrait } : {}),
    // An echo would send every file back to where it came from.
    ...(name === "FileUpload" ? { value: { echo: false } } : {}),
  }
}
