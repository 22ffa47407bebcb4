import type { Mimebundle } from "../dict.js"
import { html, type Snippet } from "../snippets.js"

export interface Column {
  readonly head: string
  /** What its values are, below the head. */
  readonly type?: string
  /** Numbers stand right. */
  readonly numeric?: boolean
}

/** The first cell of a row names it. */
export interface Table {
  /** One line that says what the whole is. It stands outside the box that scrolls. */
  readonly caption: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
  /** What is not shown. */
  readonly note?: string | undefined
}

/** Rows from which a table gets a box of its own to scroll in. */
const longTable = 30

const line = "1px solid var(--jp-border-color2, rgba(128, 128, 128, 0.4))"
// What cells inherit is said once: a saved notebook carries every character.
const tableStyle =
  "border-collapse:collapse;margin:0.4em 0;color:inherit;text-align:left;font-variant-numeric:tabular-nums"
const rowStyle = `border-bottom:${line};vertical-align:top`

/** A table for pages and for terminals. */
export function tableBundle(table: Table): Mimebundle {
  return { "text/html": String(tableHtml(table)), "text/plain": tableText(table) }
}

/**
 * A real table with inline styles only. It has no colours but the lines': text takes the page's, so that it is
 * readable on dark and light, and where styles are stripped (GitHub) it is still a table.
 */
export function tableHtml({ caption, columns, rows, note }: Table): Snippet {
  const heads = columns.map((column) => {
    const type = column.type && html`<br><small style="font-weight:normal;opacity:0.7">${column.type}</small>`
    return html`<th scope="col" style="${alignment(column)};white-space:nowrap">${column.head}${type}</th>`
  })
  const body = rows.map(
    (cells) => html`<tr style="${rowStyle}">${cells.map((cell, i) => bodyCell(cell, i, columns[i]!))}</tr>\n`,
  )
  // A box that scrolls must be reachable by keyboard.
  const height = rows.length > longTable ? "max-height:34em;" : ""
  return html`<div style="text-align:left">${caption}
<div style="${height}max-width:100%;overflow:auto" tabindex="0" role="region" aria-label="table, scrolls">
<table cellpadding="6" aria-label="${caption}" style="${tableStyle}">
<thead><tr style="${rowStyle}">${heads}</tr></thead>
<tbody>
${body}</tbody>
</table></div>${note && html`<div style="opacity:0.7">${note}</div>`}</div>`
}

function bodyCell(cell: string, index: number, column: Column): Snippet {
  const align = alignment(column)
  if (index === 0) return html`<th scope="row" style="font-weight:normal;opacity:0.7;${align}">${cell}</th>`
  const wrap = column.numeric ? "white-space:nowrap" : "white-space:pre-wrap;min-width:3em;max-width:28em"
  return html`<td style="${align};${wrap}">${cell}</td>`
}

/** The left is inherited, but pages have rules of their own for cells. */
function alignment({ numeric }: Column): string {
  return numeric ? "text-align:right" : "text-align:left"
}

/** The same table in characters, as console.table draws it. */
export function tableText({ caption, columns, rows, note }: Table): string {
  const heads = [columns.map((column) => column.head)]
  if (columns.some((column) => column.type)) heads.push(columns.map((column) => column.type ?? ""))
  const lines = [...heads, ...rows].map((cells) => cells.map(oneLine))
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => widthOf(cells[i]!))))
  const rule = (left: string, cross: string, right: string) =>
    left + widths.map((width) => "─".repeat(width + 2)).join(cross) + right
  const drawn = lines.map(
    (cells) => `│${cells.map((cell, i) => pad(cell, widths[i]!, columns[i]!)).join("│")}│`,
  )
  return [
    caption,
    rule("┌", "┬", "┐"),
    ...drawn.slice(0, heads.length),
    rule("├", "┼", "┤"),
    ...drawn.slice(heads.length),
    rule("└", "┴", "┘"),
    ...(note ? [note] : []),
  ].join("\n")
}

/** Characters of a cell in a table of characters. */
const widestCell = 40

function oneLine(cell: string): string {
  const flat = cell.replace(/\s*\n\s*/g, " ↵ ")
  const characters = [...flat]
  return characters.length <= widestCell ? flat : `${characters.slice(0, widestCell - 1).join("")}…`
}

/** Characters that take two places on the line: East Asia's and most pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0)
}

function pad(cell: string, width: number, column: Column): string {
  const space = " ".repeat(width - widthOf(cell))
  return column.numeric ? ` ${space}${cell} ` : ` ${cell}${space} `
}
