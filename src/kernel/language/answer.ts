import type { CellLanguage } from "../cells.js"
import { toCodePoints, toUtf16 } from "../cursor.js"
import type { Dict } from "../dict.js"

/** Answers complete_request, inspect_request and is_complete_request: gives the content of the reply. */
export function answerTyping(language: CellLanguage, msgType: string, content: Dict): Dict {
  const code = String(content.code ?? "")
  if (msgType === "is_complete_request") return { ...language.isComplete(code) }
  const asked = Number(content.cursor_pos ?? Number.POSITIVE_INFINITY)
  const cursor = toUtf16(code, Number.isNaN(asked) ? Number.POSITIVE_INFINITY : Math.max(0, asked))
  if (msgType === "inspect_request") {
    const found = language.inspect(code, cursor, content.detail_level === 1)
    const data = found ? { "text/plain": found.text, "text/markdown": found.markdown } : {}
    return { status: "ok", found: found !== undefined, data, metadata: {} }
  }
  const { start, end, matches } = language.complete(code, cursor)
  const [cursor_start, cursor_end] = [toCodePoints(code, start), toCodePoints(code, end)]
  const types = matches.map((match) => ({ ...match, start: cursor_start, end: cursor_end }))
  return {
    status: "ok",
    matches: matches.map((match) => match.text),
    cursor_start,
    cursor_end,
    metadata: { _jupyter_types_experimental: types },
  }
}
