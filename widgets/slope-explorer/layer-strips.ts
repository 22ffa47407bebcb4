import type { Paper } from "../../src/widgets/explorer-state.js"
import { h, s, scale, setAll } from "../shared/dom.js"
import { circle, line, pointIn, text } from "../shared/marks.js"
import { format, meanOf } from "../shared/numbers.js"
import { row, table } from "../shared/table.js"
import { walk } from "../shared/walk.js"
import { ascending, countOf, quantile } from "./channel-order.js"

export interface StripsState {
  readonly layers: readonly { readonly name: string; readonly slopes: readonly number[] }[]
  readonly layer: number
}

const height = 150
const margin = { top: 16, bottom: 18, left: 40, right: 8 }

/** The paper's part of the width. */
const paperPart = 0.3

/**
 * The slopes of every layer beside each other: each one as a point, the middle half of them as a box, their mean as a
 * line; and on the same scale what He et al. 2015 found. Arrow keys choose a layer.
 */
export function layerStrips(id: string, paper: Paper, choose: (layer: number) => void) {
  const svg = s("svg", {
    class: "strips",
    role: "listbox",
    tabindex: 0,
    height,
    "aria-orientation": "horizontal",
  })
  const element = h("div", {}, svg)
  let state: StripsState = { layers: [], layer: 0 }

  const width = () => Math.max(220, element.clientWidth || 600)
  const edge = () => width() * (1 - paperPart)
  const xs = () => scale([-0.5, state.layers.length - 0.5], [margin.left, edge() - 6])

  function draw(): void {
    const all = state.layers.flatMap(({ slopes }) => slopes)
    const [low, high] = [Math.min(0, ...all), Math.max(0.75, ...all)]
    const room = (high - low) * 0.06
    const y = scale([low - room, high + room], [height - margin.bottom, margin.top])
    const x = xs()
    setAll(svg, {
      width: width(),
      "aria-label": `slopes of ${state.layers.length} layers`,
      "aria-activedescendant": `${id}-${state.layer}`,
    })
    svg.replaceChildren(
      ...[0, 1]
        .filter((tick) => tick <= high)
        .flatMap((tick) => [
          s("line", {
            class: tick === 0 ? "zero" : "one",
            x1: margin.left,
            x2: width() - margin.right,
            y1: y.to(tick),
            y2: y.to(tick),
          }),
          s(
            "text",
            { class: "tick", x: margin.left - 6, y: y.to(tick) + 4, "text-anchor": "end" },
            String(tick),
          ),
        ]),
      ...state.layers.map((layer, i) => strip(layer, i, x.to(i), x.to(1) - x.to(0), y.to)),
      ...drawPaper(y.to),
    )
  }

  function strip(
    { name, slopes }: StripsState["layers"][number],
    i: number,
    middle: number,
    room: number,
    y: (slope: number) => number,
  ): SVGElement {
    const sorted = ascending(slopes)
    const [q1, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.75)]
    const half = Math.min(34, room * 0.38)
    const mean = meanOf(slopes)
    const isChosen = i === state.layer
    // Names stand where there is room for them; of many layers the chosen one has its own.
    const isNamed = room > 7 * name.length || isChosen
    return s(
      "g",
      {
        id: `${id}-${i}`,
        role: "option",
        "aria-selected": isChosen ? "true" : "false",
        "aria-label": describeLayer(name, slopes),
        "data-layer": i,
      },
      s("rect", { class: "back", x: middle - room / 2, y: 0, width: room, height }),
      s("rect", {
        class: "box",
        x: middle - half,
        y: y(q3),
        width: 2 * half,
        height: Math.max(1, y(q1) - y(q3)),
      }),
      ...slopes.map((slope, c) =>
        circle("dot", middle + half * (2 * ((c + 0.5) / slopes.length) - 1), y(slope), 2),
      ),
      line("mean", middle - half, y(mean), middle + half, y(mean)),
      ...(isNamed ? [text(name, middle, height - 4, "middle")] : []),
    )
  }

  function drawPaper(y: (slope: number) => number): SVGElement[] {
    const x = scale([0, paper.rows.length - 1], [edge() + 12, width() - margin.right - 6])
    const r = 3.5
    return [
      line("edge", edge(), 2, edge(), height),
      text(paper.name, edge() + 6, 11),
      ...paper.rows.flatMap(({ shared, perChannel }, i) => [
        s("path", {
          class: "channelwise",
          d: `M${x.to(i)} ${y(perChannel) - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}Z`,
        }),
        circle("shared", x.to(i), y(shared), 2.6),
      ]),
      text(`${paper.rows[0]!.layer} … ${paper.rows.at(-1)!.layer}`, edge() + 6, height - 4),
    ]
  }

  svg.addEventListener("click", (event) => {
    const i = Math.max(0, Math.round(xs().from(pointIn(svg, event).x)))
    if (i < state.layers.length) choose(i)
  })
  svg.addEventListener("keydown", (event) => {
    const next = walk(event, state.layer, state.layers.length - 1)
    if (next !== undefined) choose(next)
  })

  return {
    element,
    draw,
    update(next: StripsState) {
      state = next
      draw()
    },
  }
}

/** A layer's slopes in one sentence. */
export function describeLayer(name: string, slopes: readonly number[]): string {
  if (slopes.length === 1) return `${name}: one slope for all channels, ${format(slopes[0]!)}`
  const sorted = ascending(slopes)
  const counts = (["negative", "above 1", "near zero"] as const).map(
    (filter) => `${countOf(slopes, filter)} ${filter}`,
  )
  return `${name}: ${slopes.length} slopes from ${format(sorted[0]!)} to ${format(sorted.at(-1)!)}, mean ${format(meanOf(slopes))}, median ${format(quantile(sorted, 0.5))}; ${counts.join(", ")}`
}

/** The paper's figures, and how they are to be read. */
export function paperTable({ title, words, rows }: Paper): HTMLElement {
  return h(
    "details",
    {},
    h("summary", {}, title),
    h("p", { class: "caption" }, words),
    table(
      ["layer", "◇ mean of one a channel", "○ one for all"],
      rows.map(({ layer, shared, perChannel }) => row(layer, String(perChannel), String(shared))),
      "paper",
    ),
  )
}
