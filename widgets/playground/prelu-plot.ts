import { preluAt } from "../../src/widgets/playground-maths.js"
import { h, s, scale, setAll } from "../shared/dom.js"
import { arrowOf, type DragPlace, draggable } from "../shared/drag.js"
import { circle, line, text } from "../shared/marks.js"
import { format } from "../shared/numbers.js"

export interface PReluPlotState {
  readonly slope: number
  readonly x: number
}

const reach = 3
const size = { width: 360, left: 26, right: 10, top: 10, curve: 290, gap: 36, derivative: 70, bottom: 20 }
const height = size.top + size.curve + size.gap + size.derivative + size.bottom
const ends = [-reach, reach] as const
const across = scale(ends, [size.left, size.width - size.right])
const up = scale(ends, [size.top + size.curve, size.top])
const derivativeTop = size.top + size.curve + size.gap

/** PReLU over its input with a point that can be dragged or moved by keys, and its derivative below. */
export function preluPlot(id: string, move: (x: number) => void) {
  const svg = s("svg", { viewBox: `0 0 ${size.width} ${height}`, role: "group" })
  const point = s("circle", {
    class: "point dot",
    r: 7,
    tabindex: 0,
    role: "slider",
    "aria-label": "input x on the curve",
    "aria-valuenow": 0,
    "aria-valuemin": -reach,
    "aria-valuemax": reach,
  })
  const drawn = s("g", { "aria-hidden": true })
  const clip = s(
    "clipPath",
    { id: `${id}clip` },
    s("rect", { x: size.left, y: size.top, width: across.to(reach) - size.left, height: size.curve }),
  )
  svg.append(s("defs", {}, clip), drawn, point)
  const caption = h("p", { class: "caption" }, "Drag the point, or use ← → (Shift: finer).")
  const moveTo = ({ x, width }: DragPlace) => move(within(across.from((x / width) * size.width), 20))
  let state: PReluPlotState = { slope: 0.25, x: 0 }
  draggable(
    svg,
    (place) => {
      point.focus()
      moveTo(place)
      return true
    },
    moveTo,
  )
  point.addEventListener("keydown", (event) => {
    const sign = arrowOf(event)
    const end = { Home: -reach, End: reach }[event.key]
    if (sign === 0 && end === undefined) return
    event.preventDefault()
    move(within(end ?? state.x + sign * (event.shiftKey ? 0.01 : 0.1), 100))
  })

  return {
    element: h("figure", {}, svg, caption),
    update(next: PReluPlotState) {
      state = next
      const { slope, x } = next
      const y = preluAt(x, slope)
      drawn.replaceChildren(
        ...axes(),
        ...curve(slope, `url(#${id}clip)`),
        ...guides(x, y),
        ...derivative(slope, x),
      )
      // A point that left the plot waits at its edge.
      setAll(point, {
        cx: across.to(within(x)),
        cy: up.to(within(y)),
        "aria-valuenow": x,
        "aria-valuetext": `x ${format(x)}, y ${format(y)}`,
      })
      setAll(svg, {
        "aria-label": `PReLU: slope 1 above 0, ${format(slope)} below; at x ${format(x)}, y is ${format(y)}.`,
      })
    },
  }
}

function axes(): SVGElement[] {
  const [low, high, left, right] = [up.to(-reach), up.to(reach), across.to(-reach), across.to(reach)]
  return [-3, -2, -1, 0, 1, 2, 3].flatMap((tick) => {
    const kind = tick === 0 ? "zero" : "grid"
    return [
      line(kind, across.to(tick), low, across.to(tick), high),
      line(kind, left, up.to(tick), right, up.to(tick)),
      text(String(tick), across.to(tick), low + 14, "middle"),
      text(String(tick), left - 6, up.to(tick) + 4, "end"),
    ]
  })
}

function curve(slope: number, clip: string): SVGElement[] {
  const at = (x: number, y: number) => `${across.to(x)},${up.to(y)} `
  const arms = (kind: string, ...points: string[]) => s("polyline", { class: kind, points: points.join("") })
  const origin = at(0, 0)
  const bottom = up.to(-reach) - 8
  return [
    s(
      "g",
      { "clip-path": clip },
      // max(x, a x) takes the other arm of each side.
      ...(slope > 1 ? [arms("shorthand", at(-reach, -reach), origin, at(reach, slope * reach))] : []),
      arms("above", origin, at(reach, reach)),
      arms("below", at(-reach, -reach * slope), origin),
    ),
    ...(slope > 1 ? [text("max(x, a·x)", across.to(0.15), up.to(2.75))] : []),
    text(`below 0: slope ${format(slope)}`, across.to(-reach) + 6, bottom, "start", "warm"),
    text("above 0: slope 1", across.to(reach) - 6, bottom, "end", "cool"),
  ]
}

function guides(x: number, y: number): SVGElement[] {
  return [
    line("guide", across.to(x), up.to(0), across.to(x), up.to(y)),
    line("guide", across.to(0), up.to(y), across.to(x), up.to(y)),
  ]
}

/** dy/dx: a step from a to 1. */
function derivative(slope: number, x: number): SVGElement[] {
  const { to } = scale(
    [Math.min(0, slope), Math.max(1, slope)],
    [derivativeTop + size.derivative, derivativeTop],
  )
  const [left, middle, right] = [across.to(-reach), across.to(0), across.to(reach)]
  return [
    text("derivative dy/dx", left, derivativeTop - 6),
    line("zero", left, to(0), right, to(0)),
    line("zero", middle, derivativeTop, middle, derivativeTop + size.derivative),
    line("below", left, to(slope), middle, to(slope)),
    line("above", middle, to(1), right, to(1)),
    circle("dot", across.to(x), to(x > 0 ? 1 : slope), 4),
    text("1", left - 6, to(1) + 4, "end"),
    text("0", left - 6, to(0) + 4, "end"),
  ]
}

/** In the plot, and on a grid of so many places to 1. */
function within(value: number, parts = 1e6): number {
  return Math.round(Math.min(reach, Math.max(-reach, value)) * parts) / parts
}
