import type { Widget } from "../../kernel/widget.js"
import { insertBuffers, separateBuffers } from "../../kernel/widget-buffers.js"

/**
 * What the page asks for by name. A typed array, at any depth of the question or the answer, travels as binary, and
 * comes as bytes.
 */
export type WidgetCommand<State extends object> = (
  // Each command says what it is asked; what really comes is the page's affair.
  message: never,
  context: { readonly widget: Widget<State> },
) => unknown

export type WidgetCommands<State extends object> = Readonly<Record<string, WidgetCommand<State>>>

/** anywidget's own names for a question and its answer: any front end of it can ask with `experimental.invoke`. */
const asks = "anywidget-command"
const answers = "anywidget-command-response"

interface Question {
  readonly id?: unknown
  readonly kind?: unknown
  readonly name?: unknown
  readonly msg?: unknown
  readonly buffer_paths?: (string | number)[][]
}

/** Answers what the page asks of a widget. A command that fails answers `{ error }`, and the page goes on. */
export function serveCommands<State extends object>(
  widget: Widget<State>,
  commands: WidgetCommands<State>,
): void {
  widget.on("msg:custom", async (content, buffers) => {
    const { id, kind, name, msg, buffer_paths } = (content ?? {}) as Question
    if (kind !== asks) return
    const answer = (response: Record<string, unknown>) => {
      const sent = separateBuffers(response)
      widget.send(
        { id, kind: answers, response: { ...sent.state, buffer_paths: sent.buffer_paths } },
        sent.buffers,
      )
    }
    try {
      const command = Object.hasOwn(commands, String(name)) ? commands[String(name)]! : undefined
      if (!command) throw new Error(`no such command: ${String(name)}`)
      const { msg: message } = insertBuffers({ msg }, buffer_paths, buffers)
      answer({ value: await command(message as never, { widget }) })
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) })
    }
  })
}
