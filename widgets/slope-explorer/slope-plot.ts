import { h, s, scale, setAll } from "../shared/dom.js"
import { circle, line, pointIn, text } from "../shared/marks.js"
import { format } from "../shared/numbers.js"
import { walk } from "../shared/walk.js"

export interface SlopePlotState {
  readonly layer: string
  readonly slopes: readonly number[]
  readonly original: readonly number[]
  readonly channel: number
  /** The channels that are drawn, from left to right. */
  readonly order: readonly number[]
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
export function slopePlot(id: string, events: SlopePlotEvents) {
  const svg = s("svg", {
    class: "slopes",
    role: "listbox",
    tabindex: 0,
    height,
    "aria-orientation": "horizontal",
  })
  const readout = h("div", { class: "readout", "aria-hidden": true })
  const element = h("div", {}, svg, readout)
  let state: SlopePlotState = { layer: "", slopes: [], original: [], channel: 0, order: [] }
  let dragging: { domain: readonly [number, number] } | undefined
  let hovered: number | undefined

  const width = () => Math.max(220, element.clientWidth || 600)
  const xs = () => scale([-0.5, state.order.length - 0.5], [margin.left, width() - margin.right])
  // While a head is dragged the axis stands still under it.
  const domain = () => dragging?.domain ?? domainOf([...state.slopes, ...state.original])
  const ys = () => scale(domain(), [height - margin.bottom, margin.top])

  function draw(): void {
    const [x, y] = [xs(), ys()]
    setAll(svg, {
      width: width(),
      "aria-label": `slopes of ${state.layer}, ${state.order.length} of ${state.slopes.length} channels`,
      "aria-activedescendant": `${id}-${state.channel}`,
    })
    svg.replaceChildren(
      ...axes(domain(), y.to, width()),
      ...state.order.map((c, position) => lollipop(c, state.slopes[c]!, x.to(position), y)),
    )
    // The chosen one is drawn last, above its neighbours.
    const chosen = svg.querySelector("[aria-selected=true]")
    if (chosen) svg.append(chosen)
    tell()
  }

  function lollipop(c: number, slope: number, x: number, y: ReturnType<typeof scale>): SVGElement {
    const chosen = c === state.channel
    const changed = slope !== state.original[c]
    const size = Math.min(7, Math.max(2, (width() - 50) / state.order.length / 2.6)) + (chosen ? 1.5 : 0)
    return s(
      "g",
      {
        id: `${id}-${c}`,
        role: "option",
        class: `${kindOf(slope)}${changed ? " changed" : ""}`,
        "aria-selected": chosen ? "true" : "false",
        "aria-label": describe(c),
        "data-channel": c,
      },
      ...(chosen ? [line("column", x, margin.top, x, height - margin.bottom)] : []),
      line("stem", x, y.to(0), x, y.to(slope)),
      ...(changed ? [circle("was", x, y.to(state.original[c]!), Math.max(2, size - 2))] : []),
      s("path", {
        class: "head",
        d: heads[kindOf(slope)],
        transform: `translate(${x} ${y.to(slope)})scale(${size})`,
      }),
    )
  }

  function describe(c: number): string {
    const [slope, was] = [state.slopes[c]!, state.original[c]!]
    return `channel ${c}: ${format(slope)}${words[kindOf(slope)]}${slope === was ? "" : `, was ${format(was)}`}`
  }

  function tell(): void {
    readout.textContent = describe(hovered ?? state.channel)
  }

  const channelNear = (position: number) =>
    state.order[Math.min(state.order.length - 1, Math.max(0, position))] ?? state.channel
  const channelAt = (event: PointerEvent) => channelNear(Math.round(xs().from(pointIn(svg, event).x)))
  const slopeAt = (event: PointerEvent) => {
    const [low, high] = domain()
    const slope = ys().from(pointIn(svg, event).y)
    return Math.round(Math.min(high, Math.max(low, slope)) * 1000) / 1000
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return
    const c = channelAt(event)
    if (c !== state.channel) events.select(c)
    if (Math.abs(pointIn(svg, event).y - ys().to(state.slopes[c]!)) > reach) return
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
    if (event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const slope = state.slopes[state.channel]! + (event.key === "ArrowUp" ? 0.01 : -0.01)
      event.preventDefault()
      return events.change(state.channel, Math.round(slope * 1000) / 1000, true)
    }
    const next = walk(event, state.order.indexOf(state.channel), state.order.length - 1)
    if (next !== undefined) events.select(channelNear(next))
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

const words = { plain: "", negative: ", negative", large: ", above 1" }

/** A circle from 0 to 1, a diamond below, a triangle above: nothing is told by colour alone. */
const heads = {
  plain: "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0Z",
  negative: "M0-1.2L1.2 0L0 1.2L-1.2 0Z",
  large: "M0-1.2L1.1.8H-1.1Z",
}

/** Room for 0 and 1 and a good way beyond the slopes, in quarters. */
function domainOf(slopes: readonly number[]): readonly [number, number] {
  const low = Math.min(-0.1, ...slopes) - 0.15
  const high = Math.max(1.1, ...slopes) + 0.15
  return [Math.floor(low * 4) / 4, Math.ceil(high * 4) / 4]
}

function axes(
  [low, high]: readonly [number, number],
  y: (slope: number) => number,
  width: number,
): SVGElement[] {
  const step = high - low > 4 ? Math.ceil((high - low) / 6) : 0.5
  const ticks: number[] = []
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) ticks.push(at)
  return ticks.flatMap((at) => [
    line(at === 0 ? "zero" : at === 1 ? "one" : "grid", margin.left, y(at), width - margin.right, y(at)),
    text(format(at), margin.left - 6, y(at) + 4, "end"),
  ])
}
