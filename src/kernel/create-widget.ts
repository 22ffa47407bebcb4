import { createHash } from "node:crypto"
import { PrelabError } from "../error.js"
import type { Dict, Mimebundle } from "./dict.js"
import { host } from "./host.js"
import { fileNamed, readText, watchText } from "./live-file.js"
import { displaySymbol, mimeBundle } from "./mime-bundle.js"
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
  /**
   * The front-end module, with a default export that has `render({ model, el })`: source text, a file
   * (`new URL("./counter.js", import.meta.url)`, or a path from the notebook's folder), or a URL of the web. A file is
   * read again when it is saved, and what is on the page changes with it.
   */
  esm: string | URL
  /** Its style sheet, in the same ways. */
  css?: string | URL
  /** What both sides share. Typed arrays travel as binary; they come back from the page as bytes. */
  state?: State
  /** Names the widget to the page; by default derived from its code. */
  id?: string
  /**
   * What stands in its place where no kernel runs, on GitHub for instance: any value, shown as a cell shows it, from the
   * state when the widget is displayed.
   */
  fallback?: (state: State) => unknown
}

/** A widget that brings along what stands in its place. */
class WithFallback<State extends object> extends Widget<State> {
  fallback: (() => unknown) | undefined

  override [displaySymbol](): Mimebundle {
    const view = super[displaySymbol]()
    const bundle = this.fallback ? mimeBundle(this.fallback()) : {}
    if (bundle instanceof Promise) throw new PrelabError("fallback needs time to show", String(this))
    return { ...view, ...bundle }
  }
}

/**
 * Makes a widget from a front-end module: `createWidget({ esm, css, state: { count: 0 } })`. It shows itself as
 * a cell's value or with `display`, and once more after the page is reloaded.
 */
export function createWidget<State extends object = Dict>(options: WidgetOptions<State>): Widget<State> {
  const { state, id } = options
  const sources = [
    ["_esm", options.esm],
    ["_css", options.css],
  ] as const
  const files = sources.map(([name, source]) => ({
    name,
    file: source === undefined ? undefined : fileNamed(source),
  }))
  const [esm, css] = sources.map(([, source], i) => {
    const { file } = files[i]!
    return file === undefined ? source?.toString() : readText(file)
  })
  const named = files[0]!.file ?? `${esm}\0${css}`
  const model = {
    ...anywidgetModel,
    _esm: esm,
    ...(css === undefined ? {} : { _css: css }),
    // The page drops the style of a widget without this id.
    _anywidget_id: id ?? `prelab.${createHash("sha256").update(named).digest("hex").slice(0, 16)}`,
  }
  const initial = state ?? ({} as State)
  const widget = new WithFallback<State>(model, initial, host("createWidget").comms)
  const now = () =>
    Object.fromEntries(Object.keys(initial).map((name) => [name, widget.get(name as never)])) as State
  widget.fallback = options.fallback && (() => options.fallback?.(now()))
  for (const { name, file } of files) {
    if (file === undefined) continue
    const changed = (text: string) => widget.update({ [name]: text } as Partial<State>)
    widget.on("close", watchText(file, changed))
  }
  return widget
}
