import type { ExplorerOutput } from "../../src/widgets/explorer-state.js"
import { h, setAll } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { row, table } from "../shared/table.js"

/**
 * An output's values before and after the edits, with a bar for each; the prediction where it is a
 * classifier's.
 */
export function outputTable(output: ExplorerOutput): HTMLElement {
  const { name, indices, before, after, total, largestBefore, largestAfter } = output
  const most = Math.max(1e-12, ...before.map(Math.abs), ...after.map(Math.abs))
  const rows = indices.map((index, i) => {
    const change = after[i]! - before[i]!
    const isLargest = index === largestAfter
    const made = row(
      String(index),
      cell(before[i]!, most, "before"),
      cell(after[i]!, most, "after"),
      change === 0 ? "0" : `${change > 0 ? "+" : "−"}${format(Math.abs(change))}`,
      h("td", { class: "mark" }, isLargest ? "◀ largest" : index === largestBefore ? "was largest" : ""),
    )
    setAll(made, { class: isLargest ? "largest" : "", "data-index": index })
    return made
  })
  const part =
    indices.length < total ? ` The ${indices.length} largest of ${total.toLocaleString("en-US")} values.` : ""
  return h(
    "div",
    { class: "output" },
    h("p", { class: "caption" }, h("strong", {}, name), caption(output) + part),
    table(["#", "before", "after", "change", ""], rows),
  )
}

function caption({ classes, largestBefore, largestAfter, largestChange }: ExplorerOutput): string {
  const predicted =
    largestBefore === largestAfter ? `${largestAfter}, unchanged` : `${largestBefore} → ${largestAfter}`
  const what = classes ? `predicted class ${predicted}; ` : ""
  return `: ${what}largest change ${format(largestChange)}.`
}

function cell(value: number, most: number, kind: string): HTMLElement {
  const style = `--part:${(100 * Math.abs(value)) / most}%`
  return h("td", { class: `bar ${kind}`, style, "data-value": value }, format(value))
}
