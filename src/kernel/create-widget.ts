import { createHash } from "node:crypto"
import type { Dict } from "./dict.js"
import { host } from "./host.js"
import { Widget } from "./widget.js"

/** The front end that this kernel's widgets ask the page for: what anywidget's lab extension provides. */
const anywidgetRange = "~0.11.*"

const anywidgetModel = {
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

/**
 * Makes a widget from a front-end module: `createWidget({ esm, css, state: { count: 0 } })`. It shows itself as
 * a cell's value or with `display`, and once more after the page is reloaded.
 */
export function createWidget<State extends object = Dict>(options: WidgetOptions<State>): Widget<State> {
  const { esm, css, state, id } = options
  const model = {
    ...anywidgetModel,
    _esm: esm,
    ...(css === undefined ? {} : { _css: css }),
    // The page drops the style of a widget without this id.
    _anywidget_id: id ?? `prelab.${createHash("sha256").update(`${esm}\0${css}`).digest("hex").slice(0, 16)}`,
  }
  return new Widget<State>(model, state ?? ({} as State), host("createWidget").comms)
}
