import { h, s, scale, setAll } from "../shared/dom.js"
import { arrowOf, draggable } from "../shared/drag.js"
import { circle, line, text } from "../shared/marks.js"
import { format } from "../shared/numbers.js"

/** The samples at one step of their way. */
export interface NumberLine {
  readonly label: string
  readonly values: readonly number[]
  /** Rings beside the dots: what another computation makes of the same samples. */
  readonly rings?: readonly number[]
}

export interface NumberLinesEvents {
  select(sample: number): void
  move(sample: number, value: number): void
}

const row = 58
const margin = { left: 12, right: 12, top: 6, bottom: 18 }

/** How near a dot the pointer takes hold of it, in pixels. */
const grip = 22

/**
 * Number lines one below the other on one axis, a line from each sample's dot to its next one. The dots of the first can be dragged, or moved by
 * keys; mean and standard deviation are a tick and a band.
 */
export function numberLines(events: NumberLinesEvents) {
  const drawn = s("g", { "aria-hidden": true })
  const svg = s("svg", { class: "lines", role: "group" }, drawn)
  const element = h("figure", {}, svg)
  let handles: SVGElement[] = []
  let lines: readonly NumberLine[] = []
  let chosen = 0
  let dragging: readonly [number, number] | undefined

  const width = () => Math.max(240, element.clientWidth || 600)
  const domain = () => dragging ?? domainOf(lines)
  const places = () => scale(domain(), [margin.left, width() - margin.right])
  const baseline = (line: number) => margin.top + line * row + 38

  function draw(): void {
    const x = places()
    const [low, high] = domain()
    setAll(svg, { width: width(), height: margin.top + lines.length * row + margin.bottom })
    const end = baseline(lines.length - 1)
    drawn.replaceChildren(
      ...ticksOf(low, high).flatMap((tick) => [
        line(tick === 0 ? "zero" : "grid", x.to(tick), margin.top, x.to(tick), end + 10),
        text(format(tick), x.to(tick), end + 26, "middle"),
      ]),
      // Labels lie above the links that cross them.
      ...lines.flatMap((each, i) => lineParts(each, i, x.to)),
      ...lines.map(({ label }, i) => text(label, margin.left, baseline(i) - 20, "start", "step")),
    )
    const values = lines[0]!.values
    if (handles.length !== values.length) {
      for (const handle of handles) handle.remove()
      handles = values.map((_, i) => handleOf(i))
      svg.append(...handles)
    }
    handles.forEach((handle, i) => {
      const value = values[i]!
      setAll(handle, {
        class: i === chosen ? "dot chosen" : "dot",
        cx: x.to(value),
        cy: baseline(0),
        "aria-valuenow": value,
        "aria-valuetext": `${format(value)} becomes ${format(lines.at(-1)!.values[i]!)}`,
        "aria-valuemin": low,
        "aria-valuemax": high,
      })
    })
  }

  function lineParts(
    { values, rings = [] }: NumberLine,
    i: number,
    x: (value: number) => number,
  ): SVGElement[] {
    const y = baseline(i)
    const finite = values.filter(Number.isFinite)
    const mean = average(finite)
    const deviation = Math.sqrt(average(finite.map((value) => (value - mean) ** 2)))
    const next = lines[i + 1]?.values ?? []
    const width = Math.max(1, x(mean + deviation) - x(mean - deviation))
    const kind = (name: string, j: number) => (j === chosen ? `${name} chosen` : name)
    return [
      line("axis", x(domain()[0]), y, x(domain()[1]), y),
      ...(finite.length > 0
        ? [
            s("rect", { class: "band", x: x(mean) - width / 2, y: y - 9, width, height: 18 }),
            line("mean", x(mean), y - 12, x(mean), y + 12),
          ]
        : []),
      ...values.flatMap((value, j) => {
        if (!Number.isFinite(value)) return []
        const to = x(next[j] ?? Number.NaN)
        return [
          ...(Number.isFinite(to) ? [line(kind("link", j), x(value), y, to, baseline(i + 1))] : []),
          ...(i > 0 ? [circle(kind("dot", j), x(value), y, 4.5)] : []),
        ]
      }),
      ...rings.flatMap((value) => (Number.isFinite(value) ? [circle("ring", x(value), y, 7.5)] : [])),
    ]
  }

  function handleOf(sample: number): SVGElement {
    const handle = s("circle", { r: 6, role: "slider", tabindex: 0, "aria-label": `input ${sample}` })
    handle.addEventListener("focus", () => events.select(sample))
    handle.addEventListener("keydown", (event) => {
      const sign = arrowOf(event)
      if (sign === 0) return
      event.preventDefault()
      events.move(sample, rounded(lines[0]!.values[sample]! + sign * (event.shiftKey ? 0.001 : 0.05), 1e4))
    })
    return handle
  }

  draggable(
    svg,
    ({ x, y }) => {
      const far = lines[0]!.values.map((value) => Math.abs(places().to(value) - x))
      const nearest = far.indexOf(Math.min(...far))
      if (Math.abs(y - baseline(0)) > grip || far[nearest]! > grip) return false
      dragging = domain()
      handles[nearest]!.focus()
      return true
    },
    ({ x }) => {
      const [low, high] = domain()
      events.move(chosen, rounded(Math.min(high, Math.max(low, places().from(x))), 100))
    },
    () => {
      dragging = undefined
      draw()
    },
  )

  return {
    element,
    update(next: readonly NumberLine[], sample: number, label: string) {
      lines = next
      chosen = sample
      setAll(svg, { "aria-label": label })
      draw()
    },
  }
}

/** Symmetrical about 0, in whole steps, so that all lines share one axis. */
function domainOf(lines: readonly NumberLine[]): readonly [number, number] {
  const sizes = lines
    .flatMap(({ values, rings = [] }) => [...values, ...rings])
    .filter(Number.isFinite)
    .map(Math.abs)
  // What leaves the page by far would press all else together.
  const most = Math.min(40, Math.max(3, ...sizes) * 1.05)
  return [-most, most]
}

function ticksOf(low: number, high: number): number[] {
  const step = high - low > 40 ? 10 : high - low > 16 ? 5 : high - low > 8 ? 2 : 1
  const ticks: number[] = []
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick)
  return ticks
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
