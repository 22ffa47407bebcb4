import type { RewriteReport } from "../transforms/index.js"
import { html } from "./html.js"
import type { Shown } from "./shown.js"
import { details, table } from "./table.js"

const columns = [
  { head: "layer" },
  { head: "type" },
  { head: "action" },
  { head: "into" },
  { head: "why", prose: true },
]

/** What a rewrite did to every layer that it looked at. */
export function showRewrite(report: RewriteReport): Shown {
  const text = String(report)
  if (report.actions.length === 0) return { html: html`<p>${text}</p>`, text }
  const rows = report.actions.map(({ layer, type, action, into, why }) => {
    return [layer, type, action === "kept" ? html`<strong>kept</strong>` : action, into, why]
  })
  const checked = report.rules.map(
    ({ from, layer, conditions }) =>
      html`<li>${from.map(({ name }) => name).join(", ")} → ${layer.name}: ${conditions.join(", ")}</li>`,
  )
  const conditions =
    checked.length > 0 ? details("checked before rewriting", html`<ul>${checked}</ul>`) : undefined
  return { html: html`${table({ caption: text, columns, rows })}${conditions}`, text }
}
