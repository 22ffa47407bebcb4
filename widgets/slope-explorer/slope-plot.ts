import { h, s, scale, setAll } from "../shared/dom.js"
import { format } from "../shared/numbers.js"

export interface SlopePlotState {
  readonly layer: string
  readonly slopes: readonly number[]
  readonly original: readonly number[]
  readonly channel: number
}

export interface SlopePlotEvents {
  select(channel: number): void
  /** A new slope for a channel; `done` is false while it is being dragged. */
  change(channel: number, slope: number, done: boolean): void
}

const height = 190
const margin = { top: 14, right: 10, bottom: 20, left: 40 }

/** How near a head the pointer takes hold of it, in pixels. */
const reach = 14

/**
 * Every channel's slope as a lollipop. Arrow keys walk over the channels, Shift with them changes a slope,
 * heads can be dragged.
 */
export function slopePlot(events: SlopePlotEvents) {
  const svg = s("svg", {
    class: "slopes",
    role: "listbox",
    tabindex: 0,
    height,
    "aria-orientation": "horizontal",
  })
  const readout = h("div", { class: "readout", "aria-hidden": true })
  const element = h("div", {}, svg, readout)
  const id = `slope-${Math.random().toString(36).slice(2)}`
  let state: SlopePlotState = { layer: "", slopes: [], original: [], channel: 0 }
  let dragging: { domain: readonly [number, number] } | undefined
  let hovered: number | undefined

  const width = () => Math.max(220, element.clientWidth || 600)
  const xs = () => scale([-0.5, state.slopes.length - 0.5], [margin.left, width() - margin.right])
  // While a head is dragged the axis stands still under it.
  const domain = () => dragging?.domain ?? domainOf([...state.slopes, ...state.original])
  const ys = () => scale(domain(), [height - margin.bottom, margin.top])

  function draw(): void {
    const [x, y] = [xs(), ys()]
    setAll(svg, {
      width: width(),
      "aria-label": `slopes of ${state.layer}, ${state.slopes.length} channels`,
      "aria-activedescendant": `${id}-${state.channel}`,
    })
    svg.replaceChildren(
      ...axes(domain(), y.to, width()),
      ...state.slopes.map((slope, c) => lollipop(c, slope, x.to(c), y)),
    )
    // The chosen one is drawn last, above its neighbours.
    const chosen = svg.querySelector("[aria-selected=true]")
    if (chosen) svg.append(chosen)
    tell()
  }

  function lollipop(c: number, slope: number, x: number, y: ReturnType<typeof scale>): SVGElement {
    const chosen = c === state.channel
    const changed = slope !== state.original[c]
    const size = Math.min(7, Math.max(2, (width() - 50) / state.slopes.length / 2.6)) + (chosen ? 1.5 : 0)
    return s(
      "g",
      {
        id: `${id}-${c}`,
        role: "option",
        class: `${kindOf(slope)}${changed ? " changed" : ""}`,
        "aria-selected": chosen ? "true" : "false",
        "aria-label": describe(c),
        "data-channel": c,
        "data-slope": slope,
      },
      ...(chosen
        ? [s("line", { class: "column", x1: x, x2: x, y1: margin.top, y2: height - margin.bottom })]
        : []),
      s("line", { class: "stem", x1: x, x2: x, y1: y.to(0), y2: y.to(slope) }),
      ...(changed
        ? [s("circle", { class: "was", cx: x, cy: y.to(state.original[c]!), r: Math.max(2, size - 2) })]
        : []),
      s("path", { class: "head", d: headOf(kindOf(slope), x, y.to(slope), size) }),
    )
  }

  function describe(c: number): string {
    const [slope, was] = [state.slopes[c]!, state.original[c]!]
    const kind = kindOf(slope) === "plain" ? "" : `, ${kindOf(slope) === "negative" ? "negative" : "above 1"}`
    return `channel ${c}: ${format(slope)}${kind}${slope === was ? "" : `, was ${format(was)}`}`
  }

  function tell(): void {
    readout.textContent = describe(hovered ?? state.channel)
  }

  const channelAt = (event: PointerEvent) => {
    const c = Math.round(xs().from(event.clientX - svg.getBoundingClientRect().left))
    return Math.min(state.slopes.length - 1, Math.max(0, c))
  }
  const slopeAt = (event: PointerEvent) => {
    const [low, high] = domain()
    const slope = ys().from(event.clientY - svg.getBoundingClientRect().top)
    return Math.round(Math.min(high, Math.max(low, slope)) * 1000) / 1000
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return
    const c = channelAt(event)
    if (c !== state.channel) events.select(c)
    const head = ys().to(state.slopes[c]!) + svg.getBoundingClientRect().top
    if (Math.abs(event.clientY - head) > reach) return
    dragging = { domain: domain() }
    svg.setPointerCapture(event.pointerId)
    svg.classList.add("dragging")
  })
  svg.addEventListener("pointermove", (event) => {
    if (dragging) return events.change(state.channel, slopeAt(event), false)
    hovered = channelAt(event)
    tell()
  })
  svg.addEventListener("pointerleave", () => {
    hovered = undefined
    tell()
  })
  const drop = () => {
    if (!dragging) return
    dragging = undefined
    svg.classList.remove("dragging")
    events.change(state.channel, state.slopes[state.channel]!, true)
    draw()
  }
  svg.addEventListener("pointerup", drop)
  svg.addEventListener("pointercancel", drop)

  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key]
    const last = state.slopes.length - 1
    if (event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const slope = state.slopes[state.channel]! + (event.key === "ArrowUp" ? 0.01 : -0.01)
      events.change(state.channel, Math.round(slope * 1000) / 1000, true)
    } else if (step !== undefined) events.select(Math.min(last, Math.max(0, state.channel + step)))
    else if (event.key === "Home") events.select(0)
    else if (event.key === "End") events.select(last)
    else return
    event.preventDefault()
  })

  return {
    element,
    describe: () => describe(state.channel),
    get dragging() {
      return dragging !== undefined
    },
    draw,
    update(next: SlopePlotState) {
      state = next
      draw()
    },
  }
}

function kindOf(slope: number): "plain" | "negative" | "large" {
  return slope < 0 ? "negative" : slope > 1 ? "large" : "plain"
}

/** A circle from 0 to 1, a diamond below, a triangle above: nothing is told by colour alone. */
function headOf(kind: ReturnType<typeof kindOf>, x: number, y: number, r: number): string {
  if (kind === "negative")
    return `M${x} ${y - r * 1.2}L${x + r * 1.2} ${y}L${x} ${y + r * 1.2}L${x - r * 1.2} ${y}Z`
  if (kind === "large")
    return `M${x} ${y - r * 1.2}L${x + r * 1.1} ${y + r * 0.8}L${x - r * 1.1} ${y + r * 0.8}Z`
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`
}

/** Room for 0 and 1 and a good way beyond the slopes, in quarters. */
function domainOf(slopes: readonly number[]): readonly [number, number] {
  const low = Math.min(-0.25, ...slopes.map((slope) => slope - 0.15))
  const high = Math.max(1.25, ...slopes.map((slope) => slope + 0.15))
  return [Math.floor(low * 4) / 4, Math.ceil(high * 4) / 4]
}

function axes(
  [low, high]: readonly [number, number],
  y: (slope: number) => number,
  width: number,
): SVGElement[] {
  const step = high - low > 4 ? Math.ceil((high - low) / 6) : 0.5
  const ticks: number[] = []
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push(tick)
  return ticks.flatMap((tick) => [
    s("line", {
      class: tick === 0 ? "zero" : tick === 1 ? "one" : "grid",
      x1: margin.left,
      x2: width - margin.right,
      y1: y(tick),
      y2: y(tick),
    }),
    s("text", { class: "tick", x: margin.left - 6, y: y(tick) + 4, "text-anchor": "end" }, format(tick)),
  ])
}
