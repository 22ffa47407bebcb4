/** Markup that is safe to insert: made by `html`, never from data alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

type Part = Html | string | number | undefined | readonly Part[]

/**
 * Template tag: what is filled in is escaped, unless it is markup already; undefined is nothing, a list its
 * parts.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + markup(parts[i - 1]) + string))
}

function markup(part: Part): string {
  if (part === undefined) return ""
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(markup).join("")
  return escapeHtml(String(part))
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!)
}
