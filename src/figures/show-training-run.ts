import { lossCurves, type TrainingRun } from "../training/index.js"
import { html } from "./html.js"
import { showLossCurves } from "./show-loss-curves.js"
import type { Shown } from "./shown.js"
import { notes } from "./table.js"

/** A training: its curves, and how far it has come. */
export function showTrainingRun(run: TrainingRun): Shown {
  const text = String(run)
  const remarks = notes("Notes", run.warnings)
  if (run.loss.length === 0) return { html: html`<p>${text}</p>${remarks}`, text }
  const { figure, html: tables } = showLossCurves(lossCurves({ [run.name]: run.toJSON() }))
  return { ...(figure ? { figure } : {}), html: html`<p>${text}</p>${tables}${remarks}`, text }
}
