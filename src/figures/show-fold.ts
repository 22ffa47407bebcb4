import type { FoldReport } from "../transforms/index.js"
import { html } from "./html.js"
import type { Shown } from "./shown.js"
import { details, table } from "./table.js"

const columns = [
  { head: "layer" },
  { head: "type" },
  { head: "verdict" },
  { head: "into" },
  { head: "why", prose: true },
]

/** The verdict on every layer that could have been folded. */
export function showFold(report: FoldReport): Shown {
  const text = String(report)
  if (report.actions.length === 0) return { html: html`<p>${text}</p>`, text }
  const rows = report.actions.map(({ layer, type, action, into, why }) => {
    return [layer, type, action === "kept" ? html`<strong>kept</strong>` : action, into, why]
  })
  const checked = report.rules.map(
    ({ layer, conditions }) => html`<li>${layer.name}: ${conditions.join(", ")}</li>`,
  )
  const conditions =
    checked.length > 0 ? details("checked before folding", html`<ul>${checked}</ul>`) : undefined
  return { html: html`${table({ caption: text, columns, rows })}${conditions}`, text }
}
