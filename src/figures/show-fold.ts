import type { FoldReport, FoldRule } from "../transforms/index.js"
import { chains, foldFigure } from "./fold-figure.js"
import { type Html, html } from "./html.js"
import { formatCountOf, formatNumber } from "./numbers.js"
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
    return [layer, type, action === "folded" ? action : html`<strong>${action}</strong>`, into, why]
  })
  const figure = foldFigure(report, text)
  return {
    ...(figure ? { figure } : {}),
    html: html`${table({ caption: text, columns, rows })}${graph(report)}`,
    text,
  }
}

/** The graph before and after: what each new layer stands for, and why it may. */
function graph({ rules }: FoldReport): Html | undefined {
  if (rules.length === 0) return undefined
  const columns = [
    { head: "before" },
    { head: "after" },
    { head: "|alpha|" },
    { head: "checked before folding", prose: true },
  ]
  const rows = rules.map((rule) => [...chains(rule), range(rule), rule.conditions.join(", ")])
  return details("before and after", table({ caption: formatCountOf(rules.length, "place"), columns, rows }))
}

/** From the least to the largest factor of a channel. */
function range({ gains, inputGains }: FoldRule): string {
  const sizes = [...(gains ?? []), ...(inputGains ?? [])].map(Math.abs)
  if (sizes.length === 0) return ""
  return `${formatNumber(Math.min(...sizes))} to ${formatNumber(Math.max(...sizes))}`
}
