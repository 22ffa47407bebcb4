import type { ExplorerOutput } from "../../src/widgets/explorer-state.js"
import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"

/**
 * An output's values before and after the edits, with a bar for each; the prediction where it is a
 * classifier's.
 */
export function outputTable(output: ExplorerOutput): HTMLElement {
  const { name, indices, before, after, total } = output
  const most = Math.max(1e-12, ...before.map(Math.abs), ...after.map(Math.abs))
  const rows = indices.map((index, i) => {
    const change = after[i]! - before[i]!
    const marks = [
      ...(index === output.largestBefore ? ["was largest"] : []),
      ...(index === output.largestAfter ? ["largest"] : []),
    ]
    return h(
      "tr",
      { class: index === output.largestAfter ? "largest" : "", "data-index": index },
      h("th", { scope: "row" }, String(index)),
      cell(before[i]!, most, "before"),
      cell(after[i]!, most, "after"),
      h("td", {}, change === 0 ? "0" : `${change > 0 ? "+" : "−"}${format(Math.abs(change))}`),
      h("td", { class: "mark" }, marks.includes("largest") ? "◀ largest" : (marks[0] ?? "")),
    )
  })
  const head = ["#", "before", "after", "change", ""].map((text) => h("th", { scope: "col" }, text))
  return h(
    "div",
    { class: "output", "data-output": name },
    h(
      "p",
      { class: "caption" },
      caption(output),
      indices.length < total
        ? ` The ${indices.length} largest of ${total.toLocaleString("en-US")} values.`
        : "",
    ),
    h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)),
  )
}

function caption({ name, classes, largestBefore, largestAfter, largestChange }: ExplorerOutput): Node {
  const predicted =
    largestBefore === largestAfter ? `${largestAfter}, unchanged` : `${largestBefore} → ${largestAfter}`
  const what = classes ? `predicted class ${predicted}; ` : ""
  return h("span", {}, h("strong", {}, name), `: ${what}largest change ${format(largestChange)}.`)
}

function cell(value: number, most: number, kind: string): HTMLElement {
  const bar = h("span", { class: `bar ${kind}` })
  bar.style.width = `${(100 * Math.abs(value)) / most}%`
  return h("td", { "data-value": value }, h("span", { class: "cell" }, bar, h("span", {}, format(value))))
}
