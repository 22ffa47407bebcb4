import { escapeHtml } from "./html.js"

/** What `application/vnd.plotly.v1+json` carries. Only attributes that plotly.js 2, 3 and 4 all know. */
export interface PlotlyFigure {
  readonly data: readonly object[]
  readonly layout: object
  readonly config?: object
}

/**
 * Grey that stands out at least 4:1 from white and from JupyterLab's dark page: the figure cannot know where
 * it is shown.
 */
export const ink = "#808080"
export const grid = "rgba(128, 128, 128, 0.25)"

/** Colours at least 3:1 from white and from #111; lines also differ in dash and points in symbol. */
export const colours = [
  "#3a86c8",
  "#d2691e",
  "#2a9d5c",
  "#a864c8",
  "#d94a5a",
  "#178f9c",
  "#a07a30",
  "#7a7fd0",
] as const
export const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const
export const symbols = ["circle", "diamond", "square", "triangle-up", "cross", "x"] as const

/** The n-th of a few styles, round and round. */
export function nth<T>(styles: readonly T[], n: number): T {
  return styles[n % styles.length]!
}

export interface LayoutOptions {
  /** A sentence with the numbers; broken into lines that fit 700 pixels. */
  readonly title: string
  /** Height of the panels, without the title's lines and the legend. */
  readonly height: number
  readonly legend?: boolean
}

/** The layout that all figures share: transparent, grey text, the legend below the title. */
export function layout(
  { title, height, legend = false }: LayoutOptions,
  rest: Readonly<Record<string, unknown>>,
): object {
  const lines = wrap(title, 104)
  const top = 18 + 17 * lines.length + (legend ? 34 : 8)
  return {
    height: height + top + 50,
    autosize: true,
    margin: { l: 64, r: 16, t: top, b: 50 },
    title: {
      text: lines.map(escapeHtml).join("<br>"),
      font: { size: 13 },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { l: 16, t: 12 },
    },
    font: { color: ink, size: 12 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    showlegend: legend,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom", bgcolor: "rgba(0, 0, 0, 0)" },
    hovermode: "closest",
    ...rest,
  }
}

/** An axis with its title and the shared line colours. */
export function axis(title: string, rest: Readonly<Record<string, unknown>> = {}): object {
  return {
    title: { text: title, standoff: 8 },
    gridcolor: grid,
    zerolinecolor: grid,
    linecolor: grid,
    automargin: true,
    ...rest,
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width)
    const at = space > 0 ? space : width
    lines.push(rest.slice(0, at))
    rest = rest.slice(at).trimStart()
  }
  return [...lines, rest]
}
