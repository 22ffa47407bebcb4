import type { Html } from "./html.js"
import type { PlotlyFigure } from "./plotly.js"

/** How a result is shown, in as many forms as it has. */
export interface Shown {
  /** Where a picture says more than a table. */
  readonly figure?: PlotlyFigure
  readonly html: Html
  /** One line. */
  readonly text: string
}
