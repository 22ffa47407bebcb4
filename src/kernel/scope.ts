// What every cell has in scope without an import. The kernel imports this module's names into the first,
// hidden cell; a cell may redeclare each of them.
import { context } from "./context.js"
import { host } from "./host.js"

export { type Comm, openComm, registerCommTarget } from "./comm.js"
export { createWidget, type WidgetOptions } from "./create-widget.js"
export { clearOutput, type DisplayHandle, type DisplayOptions, display, updateDisplay } from "./display.js"
export { image } from "./image.js"
export { type ShellOptions, shell } from "./shell.js"
export { html, json, latex, markdown, type Snippet, svg } from "./snippets.js"
export type { Widget } from "./widget.js"

/** Asks the reader for a line of text; with `password` it is not shown while typing. */
export function input(prompt = "", options: { password?: boolean } = {}): Promise<string> {
  return host("input").input(prompt, options.password === true)
}

/** Aborted when the reader stops the running cell: for fetch, streams and long loops of libraries. */
export function stopSignal(): AbortSignal {
  return context.getStore()?.activity.signal ?? new AbortController().signal
}

/** Shows a long text in the pager beside the notebook. */
export function page(text: string): void {
  host("page").addPayload({ source: "page", data: { "text/plain": String(text) }, start: 0 })
}

/** Proposes the text of the next cell. */
export function setNextInput(text: string, options: { replace?: boolean } = {}): void {
  host("setNextInput").addPayload({ source: "set_next_input", text, replace: options.replace === true })
}
