import type { Experiment } from "../training/index.js"
import { html } from "./html.js"
import { showLossCurves } from "./show-loss-curves.js"
import type { Shown } from "./shown.js"
import { notes } from "./table.js"

/** An experiment: its question, what the runs show, their curves. */
export function showExperiment(experiment: Experiment): Shown {
  const { figure, html: tables } = showLossCurves(experiment.curves)
  const head = html`<p><strong>${experiment.question}</strong></p>${notes("Findings", experiment.findings)}`
  return { ...(figure ? { figure } : {}), html: html`${head}${tables}`, text: String(experiment) }
}
