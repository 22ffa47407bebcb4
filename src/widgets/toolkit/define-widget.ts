import { createWidget } from "../../kernel/create-widget.js"
import type { Widget } from "../../kernel/widget.js"
import { serveCommands, type WidgetCommands } from "./serve-commands.js"

export interface WidgetDefinition<State extends object> {
  /** Names the kind to the page, as `package.Kind`. */
  readonly id: string
  /** The front end's module: its text, or a file, which may be edited while the widget is in use (see `createWidget`). */
  readonly esm: string | URL
  /** Its style sheet, in the same ways. */
  readonly css?: string | URL
  /** What both sides share, with the values that it begins with; each widget may begin with others. */
  readonly state: State
  /** What stands in its place where no kernel runs: any value, shown as a cell shows it. */
  readonly fallback?: (state: NoInfer<State>) => unknown
  /** What the page can ask the kernel to do, and gets an answer of. */
  readonly commands?: WidgetCommands<NoInfer<State>>
}

/** Makes one widget of a kind, with these values instead of the definition's. */
export type WidgetKind<State extends object> = (state?: Partial<State>) => Widget<State>

/**
 * Describes a kind of widget once; what it gives makes them.
 *
 * ```ts
 * const Counter = defineWidget({
 *   id: "mine.Counter",
 *   esm: `export default { render({ model, el }) { … } }`,
 *   state: { count: 0 },
 *   commands: { add: (by: number, { widget }) => widget.set("count", widget.get("count") + by) },
 * })
 * Counter({ count: 3 })
 * ```
 */
export function defineWidget<State extends object>(definition: WidgetDefinition<State>): WidgetKind<State> {
  const { state: initial, commands, ...rest } = definition
  return (state = {}) => {
    const widget = createWidget<State>({ ...rest, state: { ...initial, ...state } })
    if (commands) serveCommands(widget, commands)
    return widget
  }
}
