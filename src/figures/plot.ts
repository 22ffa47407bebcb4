import { type Bundle, bundleOf, displaySymbol } from "./display.js"
import { html } from "./html.js"
import { axis, colours, layout, nth } from "./plotly.js"

export interface PlotOptions {
  /** A sentence: the title, and what is shown where no figure can be. */
  readonly title: string
  readonly x?: string
  readonly y?: string
  /** In pixels, without title and legend. */
  readonly height?: number
}

/** Plotly traces with the look of every other figure. Shows itself. */
export class Plot {
  readonly traces: readonly object[]
  readonly options: PlotOptions

  constructor(traces: readonly object[], options: PlotOptions) {
    this.traces = traces
    this.options = options
  }

  toString(): string {
    return this.options.title
  }

  [displaySymbol](): Bundle | Promise<Bundle> {
    const { title, x = "", y = "", height = 240 } = this.options
    const axes = { xaxis: axis(x), yaxis: axis(y), colorway: this.traces.map((_, i) => nth(colours, i)) }
    return bundleOf({
      figure: { data: this.traces, layout: layout({ title, height, legend: this.traces.length > 1 }, axes) },
      html: html`<p>${title}</p>`,
      text: title,
    })
  }
}

/**
 * Shows plotly traces, `{ type: "bar", x, y }` and their like (https://plotly.com/javascript/reference), readable on light and dark pages.
 *
 * ```ts
 * plot([{ type: "bar", y: [3, 1, 2] }], { title: "three bars", y: "height" })
 * ```
 */
export function plot(traces: readonly object[], options: PlotOptions): Plot {
  return new Plot(traces, options)
}
