import { liveTable } from "../shared/live-table.js"
import { format } from "../shared/numbers.js"
import { table } from "../shared/table.js"
import { indexAt, type Run } from "./curves.js"

const most = 60

/** The losses that the curves are drawn of, evenly chosen where they are many. */
export function lossTable() {
  const { element, update } = liveTable("losses as a table")
  return { element, update: (runs: readonly Run[]) => update(() => lossesOf(runs)) }
}

function lossesOf(runs: readonly Run[]): HTMLTableElement {
  const longest = runs.reduce<Run | undefined>((a, b) => (a && a.iteration >= b.iteration ? a : b), undefined)
  const points = longest?.loss ?? []
  const step = Math.max(1, Math.ceil(points.length / most))
  const shown = points.filter((_, i) => i % step === 0 || i === points.length - 1)
  return table(
    ["iteration", ...runs.map(({ name }) => name)],
    shown.map(({ to }) => [to, ...runs.map((run) => lossAt(run, to))]),
  )
}

function lossAt({ loss }: Run, iteration: number): string {
  if (loss.length === 0 || loss.at(-1)!.to < iteration) return "–"
  return format(loss[indexAt(loss, iteration)]!.value)
}
