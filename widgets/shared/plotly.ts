import { asset } from "./asset.js"
import type { Experimental } from "./experimental.js"

/** Of plotly.js what widgets use. */
export interface Plotly {
  /** Draws a figure, or changes the one that is there into it. */
  react(place: HTMLElement, data: object[], layout?: object, config?: object): Promise<HTMLElement>
  /** Takes the figure away and what listens to the page for it. */
  purge(place: HTMLElement): void
}

/** plotly.js, once for the page; see `asset`. */
export function plotly(experimental: Experimental): Promise<Plotly> {
  return asset<Plotly>(experimental, "plotly")
}
