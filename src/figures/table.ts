import { type Html, html } from "./html.js"

export interface Column {
  readonly head: string
  /** Numbers stand right. */
  readonly numeric?: boolean
  /** Sentences break into lines. */
  readonly prose?: boolean
}

export type Cell = Html | string | number | undefined

export interface TableOptions {
  /** A sentence with the numbers, read first by a screen reader. */
  readonly caption: Cell
  readonly columns: readonly Column[]
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Cell[])[]
}

/** Rows from which a table gets a box of its own to scroll in. */
const longTable = 40

const line = "1px solid var(--jp-border-color2, rgba(128, 128, 128, 0.4))"
// What cells inherit is said once: a saved notebook carries every character.
const tableStyle =
  "border-collapse:collapse;margin:0.4em 0;color:inherit;text-align:left;white-space:nowrap;font-variant-numeric:tabular-nums"
const rowStyle = `border-bottom:${line};vertical-align:top`

/**
 * A real table with inline styles only. It has no colours of its own but the lines': text takes the page's,
 * so that it is readable on dark and light, and where styles are stripped (GitHub) it is still a table.
 */
export function table({ caption, columns, rows }: TableOptions): Html {
  const heads = columns.map((column) => html`<th scope="col"${align(column)}>${column.head}</th>`)
  const body = rows.map(
    (cells) => html`<tr style="${rowStyle}">${cells.map((cell, i) => bodyCell(cell, i, columns[i]!))}</tr>\n`,
  )
  const whole = html`<table cellpadding="4" style="${tableStyle}">
<caption style="caption-side:top;text-align:left;white-space:normal;color:inherit">${caption}</caption>
<thead><tr style="${rowStyle}">${heads}</tr></thead>
<tbody>
${body}</tbody>
</table>`
  const size = rows.length > longTable ? "max-height:34em;overflow:auto" : "overflow-x:auto"
  // A box that scrolls must be reachable by keyboard.
  return html`<div style="${size}" tabindex="0" role="region" aria-label="table, scrolls">${whole}</div>`
}

function bodyCell(cell: Cell, index: number, column: Column): Html {
  return index === 0
    ? html`<th scope="row" style="font-weight:normal${column.numeric ? ";text-align:right" : ""}">${cell}</th>`
    : html`<td${align(column)}>${cell}</td>`
}

/** The left is inherited, but pages have rules of their own for cells. */
function align({ numeric, prose }: Column): Html {
  if (prose) return html` style="text-align:left;white-space:normal;min-width:16em"`
  return numeric ? html` style="text-align:right"` : html` style="text-align:left"`
}

/** Sentences below a table; nothing when there are none. */
export function notes(title: string, sentences: readonly Cell[]): Html | undefined {
  if (sentences.length === 0) return undefined
  const items = sentences.map((sentence) => html`<li>${sentence}</li>`)
  return html`<p style="margin:0.6em 4px 0">${title}</p><ul style="margin:0.2em 0">${items}</ul>`
}

/** What is there to look at, but not at once. */
export function details(summary: string, content: Html): Html {
  return html`<details style="margin:0.4em 4px"><summary>${summary}</summary>${content}</details>`
}
