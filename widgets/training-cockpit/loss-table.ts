import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { indexAt, type Run } from "./curves.js"

const most = 60

/** The losses that the curves are drawn of, evenly chosen where they are many; filled while it is open. */
export function lossTable() {
  const table = h("table")
  const element = h("details", {}, h("summary", {}, "losses as a table"), table)
  let runs: readonly Run[] = []

  function fill(): void {
    if (!element.open) return
    const longest = runs.reduce<Run | undefined>(
      (a, b) => (a && a.iteration >= b.iteration ? a : b),
      undefined,
    )
    const points = longest?.loss ?? []
    const step = Math.max(1, Math.ceil(points.length / most))
    const rows = points.filter((_, i) => i % step === 0 || i === points.length - 1)
    const head = ["iteration", ...runs.map(({ name }) => name)].map((text) => h("th", { scope: "col" }, text))
    table.replaceChildren(
      h("thead", {}, h("tr", {}, ...head)),
      h(
        "tbody",
        {},
        ...rows.map(({ to }) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, String(to)),
            ...runs.map((run) => h("td", {}, lossAt(run, to))),
          ),
        ),
      ),
    )
  }

  element.addEventListener("toggle", fill)
  return {
    element,
    update(next: readonly Run[]) {
      runs = next
      fill()
    },
  }
}

function lossAt({ loss }: Run, iteration: number): string {
  if (loss.length === 0 || loss.at(-1)!.to < iteration) return "–"
  return format(loss[indexAt(loss, iteration)]!.value)
}
