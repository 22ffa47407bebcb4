import type { MapCell } from "../../src/widgets/equivalence-map-state.js"
import { h, s, setAll } from "../shared/dom.js"
import { type Column, verdict, worstOf } from "./model.js"

/** Decades of the ratio that shades tell apart. */
const decades = 6
const high = 240
const margin = { left: 34, top: 22, bottom: 104 }

/** Most cells in a column: a layer with more channels has several in one, of which the worst counts. */
const mostRows = 48

/**
 * The map: segments across, channels down, each column as high as the others however many channels it has. The shade is the logarithm of
 * difference / bound; what is beyond its bound is crossed out as well.
 *
 * @param choose told the cell that keys or the pointer chose
 */
export function heatMap(choose: (cell: MapCell) => void) {
  const svg = s("svg", { role: "img" })
  const element = h(
    "div",
    {
      class: "map",
      role: "application",
      tabindex: 0,
      "aria-label": "map of segments and channels: arrow keys choose a cell",
    },
    svg,
  )
  let columns: readonly Column[] = []
  let chosen: MapCell = { segment: 0, channel: 0 }

  const wide = () => {
    const room = (element.clientWidth || 700) - margin.left - 8
    return Math.max(18, Math.min(64, room / Math.max(1, columns.length)))
  }
  const rowsOf = ({ ratios }: Column) => Math.min(mostRows, ratios.length)
  /** The channels in a row of a column. */
  const channelsIn = (column: Column, row: number): [from: number, to: number] => {
    const per = column.ratios.length / rowsOf(column)
    return [Math.floor(row * per), Math.floor((row + 1) * per)]
  }

  function draw(): void {
    const w = wide()
    const width = margin.left + w * columns.length + 8
    const tall = margin.top + high + margin.bottom
    setAll(svg, { width, height: tall, viewBox: `0 0 ${width} ${tall}` })
    svg.replaceChildren(
      text("tick", margin.left - 6, margin.top + 9, "first", "end"),
      text("tick", margin.left - 6, margin.top + high, "last", "end"),
      s(
        "text",
        {
          class: "tick",
          transform: `translate(14 ${margin.top + high / 2}) rotate(-90)`,
          "text-anchor": "middle",
        },
        "channel",
      ),
      ...columns.flatMap((column, x) => drawColumn(column, margin.left + w * x, w)),
    )
    mark()
  }

  function drawColumn(column: Column, left: number, w: number): SVGElement[] {
    const rows = rowsOf(column)
    const cell = high / rows
    const gap = cell > 4 ? 1 : 0
    const cells = Array.from({ length: rows }, (_, row) => {
      const channel = worstOf(column.ratios, ...channelsIn(column, row))
      const ratio = column.ratios[channel]!
      const [x, y] = [left + 1, margin.top + row * cell]
      const rect = { x, y, width: w - 2, height: cell - gap, "data-channel": channel }
      if (!(ratio > 1))
        return [s("rect", { ...rect, class: ratio === 0 ? "equal" : "within", "fill-opacity": shade(ratio) })]
      return [
        s("rect", { ...rect, class: "beyond" }),
        s("path", {
          class: "cross",
          d: `M${x} ${y}l${w - 2} ${cell - gap}m0 ${gap - cell}L${x} ${y + cell - gap}`,
        }),
      ]
    })
    const middle = left + w / 2
    const [sign, word] = verdict(column)
    const name = column.layer.length > 14 ? `${column.layer.slice(0, 13)}…` : column.layer
    return [
      s(
        "g",
        {},
        s("title", {}, `${column.name}: ${word}`),
        text(`sign ${column.holds ? "" : "bad"}`, middle, 15, sign, "middle"),
      ),
      s("rect", { class: "frame", x: left + 0.5, y: margin.top - 0.5, width: w - 1, height: high }),
      ...cells.flat(),
      s(
        "text",
        {
          class: "tick",
          transform: `translate(${middle + 4} ${margin.top + high + 14}) rotate(-55)`,
          "text-anchor": "end",
        },
        `${name} · ${column.ratios.length}`,
      ),
    ]
  }

  function mark(): void {
    svg.querySelector(".ring")?.remove()
    const column = columns[chosen.segment]
    if (!column) return
    const rows = rowsOf(column)
    const row = Math.min(rows - 1, Math.floor(((chosen.channel + 0.5) * rows) / column.ratios.length))
    const [x, y] = [margin.left + wide() * chosen.segment, margin.top + (row * high) / rows]
    svg.append(s("rect", { class: "ring", x, y: y - 1, width: wide(), height: high / rows + 1 }))
  }

  /** Only as far as it must. */
  function reveal(): void {
    const [from, to] = [
      margin.left + wide() * chosen.segment - 30,
      margin.left + wide() * (chosen.segment + 1) + 30,
    ]
    if (from < element.scrollLeft) element.scrollLeft = from
    else if (to > element.scrollLeft + element.clientWidth) element.scrollLeft = to - element.clientWidth
  }

  function to(segment: number, channel: number): void {
    const column = Math.min(columns.length - 1, Math.max(0, segment))
    const last = (columns[column]?.ratios.length ?? 1) - 1
    choose({ segment: column, channel: Math.min(last, Math.max(0, channel)) })
  }

  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !columns[chosen.segment]) return
    const { segment, channel } = chosen
    const { ratios } = columns[segment]!
    // To the same height in a column with other channels.
    const across = (by: number) => {
      const next = columns[Math.min(columns.length - 1, Math.max(0, segment + by))]!.ratios.length
      to(segment + by, Math.floor(((channel + 0.5) * next) / ratios.length))
    }
    const page = Math.max(1, Math.round(ratios.length / 10))
    const steps: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => across(-1),
      ArrowRight: () => across(1),
      ArrowUp: () => to(segment, channel - 1),
      ArrowDown: () => to(segment, channel + 1),
      PageUp: () => to(segment, channel - page),
      PageDown: () => to(segment, channel + page),
      Home: () => to(segment, 0),
      End: () => to(segment, ratios.length - 1),
      w: () => to(segment, worstOf(ratios)),
    }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    step()
  })
  svg.addEventListener("click", (event) => {
    const { left, top } = svg.getBoundingClientRect()
    const segment = Math.floor((event.clientX - left - margin.left) / wide())
    const column = columns[segment]
    if (!column) return
    const row = Math.floor(((event.clientY - top - margin.top) / high) * rowsOf(column))
    if (row >= 0 && row < rowsOf(column)) to(segment, worstOf(column.ratios, ...channelsIn(column, row)))
    else to(segment, worstOf(column.ratios))
  })

  return {
    element,
    draw,
    update(next: readonly Column[], label: string): void {
      columns = next
      setAll(svg, { "aria-label": label })
      draw()
    },
    choose(cell: MapCell): void {
      chosen = cell
      mark()
      reveal()
    },
  }
}

/** What the shades mean. */
export function legend(): HTMLElement {
  const chip = (kind: string, opacity: number, words: string) =>
    h(
      "span",
      {},
      s(
        "svg",
        { width: 18, height: 12, "aria-hidden": "true" },
        s("rect", { class: kind, width: 17, height: 11, x: 0.5, y: 0.5, "fill-opacity": opacity }),
        ...(kind === "beyond" ? [s("path", { class: "cross", d: "M0 0L18 12M18 0L0 12" })] : []),
      ),
      ` ${words}`,
    )
  return h(
    "div",
    { class: "row legend" },
    "difference / bound:",
    chip("frame", 0, "0, exactly equal"),
    ...(["10⁻⁶ and less", "10⁻⁴", "10⁻²", "1"] as const).map((words, i) =>
      chip("within", shade(10 ** (2 * i - 6)), words),
    ),
    chip("beyond", 1, "above 1: beyond the bound"),
  )
}

/** From faint to full up to the bound; none where nothing differs. */
function shade(ratio: number): number {
  return ratio === 0 ? 0 : Math.max(0.1, Math.min(1, 1 + (0.9 * Math.log10(ratio)) / decades))
}

function text(kind: string, x: number, y: number, words: string, anchor: string): SVGElement {
  return s("text", { class: kind, x, y, "text-anchor": anchor }, words)
}
