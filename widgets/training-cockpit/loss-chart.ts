import { h, setAll } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { indexAt, type Run, smoothed } from "./curves.js"
import { type Line, linePlot } from "./line-plot.js"

export interface LossState {
  /** Each with the number of its colour and dashes. */
  readonly runs: readonly { readonly run: Run; readonly style: number }[]
  /** The one whose points the keys walk over. */
  readonly current: Run
  readonly smoothing: number
  readonly isLog: boolean
}

/** The loss curves, raw and smoothed; a cursor reads them, by pointer or keys. */
export function lossChart(tell: (words: string) => void) {
  const plot = linePlot(240)
  const readout = h("div", { class: "readout" })
  const chart = h("div", { class: "chart", role: "application", tabindex: 0 }, plot.svg)
  const element = h("div", {}, chart, readout)
  let state: LossState | undefined
  let cursor: number | undefined
  const lines = new Map<Run, { weight: number; values: number[] }>()

  /** Smoothed once, however often the cursor moves. */
  function curve(run: Run, weight: number): number[] {
    const known = lines.get(run)
    if (known?.weight === weight) return known.values
    const values = smoothed(run.loss, weight)
    lines.set(run, { weight, values })
    return values
  }

  function words(): string {
    if (!state || cursor === undefined) return "Point at the curve, or walk along it with the arrow keys."
    const { runs, smoothing } = state
    const at = cursor
    const parts = runs.flatMap(({ run }) => {
      if (run.loss.length === 0 || at > run.loss.at(-1)!.to) return []
      const i = indexAt(run.loss, at)
      const { from, to, value } = run.loss[i]!
      const mean = from === to ? "loss" : `mean loss of ${from} to ${to}`
      return [`${run.name} ${mean} ${format(value)}, smoothed ${format(curve(run, smoothing)[i]!)}`]
    })
    return `iteration ${at}: ${parts.join("; ") || "no loss yet"}`
  }

  function show(): void {
    if (!state) return
    const { runs, smoothing, isLog } = state
    const drawn = runs.flatMap(({ run, style }): Line[] => [
      { style, kind: "band", points: run.loss.map(({ to, least, largest }) => [to, least, largest]) },
      { style, kind: "line", points: run.loss.map(({ to }, i) => [to, curve(run, smoothing)[i]!]) },
    ])
    plot.update({
      lines: drawn,
      isLog,
      end: Math.max(1, ...runs.map(({ run }) => run.loss.at(-1)?.to ?? 0)),
      marks: state.current.changes.map(({ iteration }, i) => ({ x: iteration, number: i + 1 })),
      cursor,
      empty: "The loss is drawn here once the training has begun.",
    })
    readout.textContent = words()
    setAll(chart, { "aria-label": `${sentence(state)}. Arrow keys read values`, "data-cursor": cursor })
  }

  function point(iteration: number): void {
    if (!state) return
    const ends = state.runs.map(({ run }) => run.loss.at(-1)?.to ?? 0)
    cursor = Math.min(Math.max(0, ...ends), Math.max(0, iteration))
    show()
  }

  function sentence({ runs, smoothing }: LossState): string {
    const parts = runs.flatMap(({ run }) => {
      const [first] = run.loss
      if (!first) return []
      const last = curve(run, smoothing).at(-1)!
      return [`${run.name} from ${format(first.value)} to ${format(last)} in ${run.iteration} iterations`]
    })
    return `Loss, smoothed: ${parts.join("; ") || "none yet"}`
  }

  chart.addEventListener("pointermove", (event) => point(plot.iterationAt(event)))
  chart.addEventListener("keydown", (event) => {
    if (!state || event.ctrlKey || event.metaKey || event.altKey) return
    const { loss } = state.current
    if (loss.length === 0) return
    const i = cursor === undefined ? loss.length - 1 : indexAt(loss, cursor)
    const next = {
      ArrowLeft: i - 1,
      ArrowRight: cursor === undefined ? i : i + 1,
      PageUp: i - 10,
      PageDown: i + 10,
      Home: 0,
      End: loss.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    point(loss[Math.min(loss.length - 1, Math.max(0, next))]!.to)
    tell(words())
  })

  return {
    element,
    draw: plot.draw,
    update(next: LossState) {
      const alive = new Set(next.runs.map(({ run }) => run))
      for (const run of lines.keys()) if (!alive.has(run)) lines.delete(run)
      state = next
      show()
    },
  }
}
