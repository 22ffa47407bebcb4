import { s, scale, setAll } from "../shared/dom.js"
import { pointIn } from "../shared/marks.js"
import { format } from "../shared/numbers.js"

export interface Line {
  /** Chooses colour and dashes, so that no two neighbours have the same of either. */
  readonly style: number
  readonly kind: "line" | "band" | "dots"
  /** x, then y; of a band the least and the largest y. */
  readonly points: readonly (readonly [x: number, y: number, high?: number])[]
}

export interface PlotState {
  readonly lines: readonly Line[]
  readonly isLog?: boolean
  /** Where x ends. */
  readonly end: number
  /** Numbered lines across, where something was changed by hand. */
  readonly marks?: readonly { readonly x: number; readonly number: number }[]
  readonly cursor?: number | undefined
  readonly empty: string
}

const margin = { top: 8, right: 12, bottom: 20, left: 46 }
const dashes = ["", "7 3", "2 3", "9 3 2 3", "14 4"]

/** Lines over iterations. */
export function linePlot(height: number) {
  const svg = s("svg", { height, "aria-hidden": true })
  let state: PlotState | undefined
  let x = scale([0, 1], [margin.left, 1])

  function draw(): void {
    if (!state) return
    const width = Math.max(200, svg.parentElement?.clientWidth ?? 0)
    const { lines, isLog = false, end, marks = [], cursor } = state
    const place = isLog ? Math.log10 : (value: number) => value
    const isShown = (value: number) => Number.isFinite(place(value))
    const values = lines
      .flatMap(({ points }) => points.flatMap(([, ...ys]) => ys as number[]))
      .filter(isShown)
    setAll(svg, { width })
    x = scale([0, Math.max(1, end)], [margin.left, width - margin.right])
    if (values.length === 0) {
      svg.replaceChildren(s("text", { class: "tick", x: margin.left, y: height / 2 }, state.empty))
      return
    }
    const [least, largest] = values.reduce(
      ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
      [values[0]!, values[0]!],
    )
    const room = (place(largest) - place(least)) * 0.05 || 0.05
    const y = scale([place(least) - room, place(largest) + room], [height - margin.bottom, margin.top])
    const at = ([px, py]: readonly [number, number, ...unknown[]]) =>
      `${x.to(px).toFixed(1)} ${y.to(place(py)).toFixed(1)}`
    const path = ({ kind, points }: Line) => {
      const shown = points.map((point) =>
        point.slice(1).every((v) => isShown(v as number)) ? point : undefined,
      )
      if (kind === "band") {
        const whole = shown.filter((point) => point !== undefined)
        const high = whole.map((point) => [point[0], point[2] ?? point[1]] as const)
        return high.length === 0 ? "" : `M${[...high, ...whole.toReversed()].map(at).join("L")}Z`
      }
      // A value that is none lifts the pen.
      return shown.map((point, i) => (point ? `${shown[i - 1] ? "L" : "M"}${at(point)}` : "")).join("")
    }
    svg.replaceChildren(
      ...yTicks(y.from(height - margin.bottom), y.from(margin.top), isLog).flatMap((tick) => {
        const line = y.to(place(tick))
        return [
          s("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: line, y2: line }),
          s("text", { class: "tick", x: margin.left - 5, y: line + 4, "text-anchor": "end" }, format(tick)),
        ]
      }),
      ...ticks(0, end, width / 90).map((tick) =>
        s("text", { class: "tick", x: x.to(tick), y: height - 5, "text-anchor": "middle" }, String(tick)),
      ),
      ...lines.flatMap((line) => [
        s("path", {
          class: `${line.kind} style${line.style % 5}`,
          d: path(line),
          "stroke-dasharray": line.kind === "line" ? dashes[line.style % 5]! : undefined,
        }),
        ...(line.kind === "dots"
          ? line.points.map((point) => {
              const [cx, cy] = at(point).split(" ")
              return s("circle", { class: `style${line.style % 5}`, cx: cx!, cy: cy!, r: 3 })
            })
          : []),
      ]),
      ...marks.flatMap(({ x: where, number }) => [
        s("line", {
          class: "change",
          x1: x.to(where),
          x2: x.to(where),
          y1: margin.top,
          y2: height - margin.bottom,
        }),
        s("text", { class: "change", x: x.to(where) + 3, y: margin.top + 8 }, String(number)),
      ]),
      ...(cursor === undefined
        ? []
        : [
            s("line", {
              class: "cursor",
              x1: x.to(cursor),
              x2: x.to(cursor),
              y1: margin.top,
              y2: height - margin.bottom,
            }),
          ]),
    )
  }

  return {
    svg,
    draw,
    /** The iteration below the pointer. */
    iterationAt: (event: PointerEvent) => Math.round(x.from(pointIn(svg, event).x)),
    update(next: PlotState) {
      state = next
      draw()
    },
  }
}

/** A piece of a line with its dashes, for legends. */
export function swatch(style: number): SVGElement {
  const line = s("line", {
    class: `line style${style % 5}`,
    x1: 0,
    x2: 30,
    y1: 5,
    y2: 5,
    "stroke-dasharray": dashes[style % 5]!,
  })
  return s("svg", { width: 30, height: 10, "aria-hidden": true }, line)
}

function ticks(from: number, to: number, most: number): number[] {
  const rough = (to - from) / Math.max(1, most)
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(
    to - from > 10 ? 1 : 0,
    [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= rough) ?? unit,
  )
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
}

/** On a log axis 1, 2, 5, 10, …: all of them, or whole powers where there is no room. */
function yTicks(from: number, to: number, isLog: boolean): number[] {
  if (!isLog) return ticks(from, to, 5)
  const powers = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i)
  const digits = to - from > 2.5 ? [1] : [1, 2, 5]
  const found = powers
    .flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)))
    .filter((tick) => Math.log10(tick) >= from && Math.log10(tick) <= to)
  return found.length > 1 ? found : ticks(10 ** from, 10 ** to, 4)
}
