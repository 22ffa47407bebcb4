import type { Widget } from "../../kernel/widget.js"
import { insertBuffers, separateBuffers } from "../../kernel/widget-buffers.js"
import { type Piece, Pieces } from "./parcels.js"

/** What a command knows besides its message. */
export interface CommandContext<State extends object> {
  /** The widget whose page asks. */
  readonly widget: Widget<State>
  /** What came with the question and has no place in its message: the `buffers` of anywidget's own `invoke`. */
  readonly buffers: Uint8Array[]
}

/**
 * What the page asks for by name. A typed array, at any depth of the question or the answer, travels as binary, and
 * comes as bytes.
 */
export type WidgetCommand<State extends object> = (
  // Each command says what it is asked; what really comes is the page's affair.
  message: never,
  context: CommandContext<State>,
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
}

/** How `askWithBytes` of widgets/shared wraps a message: anywidget's question has no place for the paths of binary values. */
interface WithBuffers {
  readonly _message: unknown
  readonly _buffer_paths: (string | number)[][]
}

function hasPaths(msg: unknown): msg is WithBuffers {
  return msg !== null && typeof msg === "object" && Array.isArray((msg as WithBuffers)._buffer_paths)
}

/** And one that is too large for Jupyter's server: each piece is a question, and the answer is the last one's. */
interface InPieces {
  readonly _piece: Piece<unknown>
}

function isPiece(msg: unknown): msg is InPieces {
  return msg !== null && typeof msg === "object" && "_piece" in msg
}

/** Messages of a widget that are on their way in pieces, at most. */
const mostAtOnce = 8

/**
 * Answers what the page asks of a widget with `{ value, buffer_paths }` and the buffers. A command that fails answers
 * `{ error }`, and the page goes on.
 */
export function serveCommands<State extends object>(
  widget: Widget<State>,
  commands: WidgetCommands<State>,
): void {
  const pieces = new Pieces<unknown>(mostAtOnce)
  widget.on("msg:custom", async (content, buffers) => {
    const { id, kind, name, msg } = (content ?? {}) as Question
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
      const whole = isPiece(msg)
        ? pieces.add(msg._piece, buffers[0] ?? new Uint8Array(0))
        : { content: msg, values: buffers }
      if (!whole) return answer({ value: null })
      const { content: asked, values } = whole
      const [message, own] = hasPaths(asked)
        ? [insertBuffers({ _message: asked._message }, asked._buffer_paths, values)._message, []]
        : [asked, values]
      answer({ value: await command(message as never, { widget, buffers: own }) })
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) })
    }
  })
}
