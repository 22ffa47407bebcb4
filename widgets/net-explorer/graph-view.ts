import type { ExplorerBox, ExplorerGraph, ExplorerSide } from "../../src/widgets/net-explorer-state.js"
import { h, s, setAll } from "../shared/dom.js"
import { dragToScroll } from "./drag-to-scroll.js"
import { drawItem } from "./draw-box.js"
import { type Direction, type Item, Items } from "./items.js"
import type { Signs } from "./model.js"

export interface GraphEvents {
  choose(layer: number): void
  /** Enter: the reader wants the chosen layer's details. */
  open(): void
  /** Space: closes what the layer is in, or opens it. */
  toggle(layer: number): void
}

const [least, most, step] = [0.05, 2.5, 1.25]

const keys: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
}

/**
 * A net as a drawing in a box that scrolls. Arrow keys walk along the edges, plus and minus zoom, 0 fits; the mouse drags it, and zooms with
 * the wheel while Ctrl is held.
 */
export function graphView(id: string, side: ExplorerSide, name: string, signs: Signs, events: GraphEvents) {
  const svg = s("svg", { class: "graph", role: "listbox", tabindex: 0, "aria-label": `layers of ${name}` })
  const element = h("div", { class: "scroll" }, svg)
  let graph: ExplorerGraph = { width: 1, height: 1, boxes: [], edges: [] }
  let items = new Items(graph, side)
  let nodes = new Map<Item, SVGElement>()
  let edges: SVGElement[] = []
  let zoom: number | undefined
  let chosen: number | undefined

  /** As wide as there is room; never larger than drawn. */
  const natural = () => Math.min(1, (element.clientWidth - 2) / graph.width) || 1

  function size(): void {
    const at = zoom ?? natural()
    setAll(svg, { width: graph.width * at, height: graph.height * at })
  }

  /** @param about what stays where it is: by default the middle of what is seen */
  function setZoom(next: number, about?: { x: number; y: number }): void {
    const old = zoom ?? natural()
    zoom = Math.min(most, Math.max(least, next))
    const { x, y } = about ?? { x: element.clientWidth / 2, y: element.clientHeight / 2 }
    const [left, top] = [(element.scrollLeft + x) / old, (element.scrollTop + y) / old]
    size()
    element.scrollTo(left * zoom - x, top * zoom - y)
  }

  function draw(next: ExplorerGraph): void {
    graph = next
    items = new Items(graph, side)
    edges = graph.edges.map(({ path, from, to, blobs }) =>
      s(
        "path",
        {
          class: "edge",
          d: path,
          "data-from": from,
          "data-to": to,
          "marker-end": `url(#${id}-tip)`,
        },
        s("title", {}, blobs.join(", ")),
      ),
    )
    nodes = new Map(items.all.map((item) => [item, node(item)]))
    const tip = s("path", { d: "M0 0L8 4L0 8Z", class: "tip" })
    const marker = { id: `${id}-tip`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7 }
    svg.replaceChildren(
      s("defs", {}, s("marker", { ...marker, orient: "auto" }, tip)),
      ...edges,
      ...graph.boxes.flatMap(frames),
      ...nodes.values(),
    )
    setAll(svg, { viewBox: `0 0 ${graph.width} ${graph.height}` })
    size()
    choose(chosen, false)
  }

  /** A sheet of paper; a second one behind it where several layers are closed in it. */
  function frames({ x, y, width, height, layers, closed }: ExplorerBox): SVGElement[] {
    const changes = new Set(layers.map((layer) => side.layers[layer]!.change))
    const kind = changes.size === 1 ? [...changes][0] : ""
    return (closed ? [4, 0] : [0]).map((off) =>
      s("rect", { class: `frame ${kind}`, x: x + off, y: y + off, width, height, rx: 5 }),
    )
  }

  function node(item: Item): SVGElement {
    const { group } = graph.boxes[item.box]!
    const { label } = item.layers.length === 1 ? side.layers[item.layers[0]!]! : side.groups[group!]!
    return s(
      "g",
      {
        id: `${id}-${item.layers[0]}`,
        role: "option",
        class: "item",
        transform: `translate(${item.x} ${item.y})`,
        "aria-selected": "false",
        "data-layer": item.layers[0]!,
      },
      s("title", {}, label),
      ...drawItem(item, side, group, signs),
    )
  }

  function choose(layer: number | undefined, scroll: boolean): void {
    chosen = layer
    const item = layer === undefined ? undefined : items.of(layer)
    for (const [each, g] of nodes) setAll(g, { "aria-selected": each === item ? "true" : "false" })
    for (const edge of edges) {
      const touches = [edge.dataset.from, edge.dataset.to].includes(String(item?.box))
      edge.classList.toggle("near", touches)
    }
    setAll(svg, { "aria-activedescendant": item ? `${id}-${item.layers[0]}` : undefined })
    if (item && scroll) reveal(item)
  }

  /** Only as far as it must: what is seen already stays. */
  function reveal({ x, y, width, height }: Item): void {
    const at = zoom ?? natural()
    const room = 24
    const into = (from: number, to: number, seen: number, extent: number) =>
      from < seen ? from : to > seen + extent ? to - extent : seen
    element.scrollTo(
      into(x * at - room, (x + width) * at + room, element.scrollLeft, element.clientWidth),
      into(y * at - room, (y + height) * at + room, element.scrollTop, element.clientHeight),
    )
  }

  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = chosen === undefined ? undefined : items.of(chosen)
    const direction = keys[event.key]
    const to = (item: Item | undefined) => item && events.choose(item.layers[0]!)
    if (direction) to(at ? items.next(at, direction) : items.all[0])
    else if (event.key === "Home") to(items.all[0])
    else if (event.key === "End") to(items.all.at(-1))
    else if (event.key === "Enter") events.open()
    else if (event.key === " ") chosen !== undefined && events.toggle(chosen)
    else return
    event.preventDefault()
  })

  dragToScroll(element, (target) => {
    const found = target.closest<SVGElement>("[data-layer]")
    if (found) events.choose(Number(found.dataset.layer))
  })
  element.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const { left, top } = element.getBoundingClientRect()
      const factor = step ** (-Math.sign(event.deltaY) / 2)
      setZoom((zoom ?? natural()) * factor, { x: event.clientX - left, y: event.clientY - top })
    },
    { passive: false },
  )

  return {
    element,
    svg,
    draw,
    choose,
    size,
    /** Shows which layers a search found; undefined where none is on. */
    mark(found: ReadonlySet<number> | undefined): void {
      for (const [{ layers }, g] of nodes) {
        const holds = layers.some((layer) => found?.has(layer))
        g.classList.toggle("found", holds)
        g.classList.toggle("dim", found !== undefined && !holds)
      }
    },
    zoom: (by: 1 | -1) => setZoom((zoom ?? natural()) * step ** by),
    fit: () => setZoom(Math.min(natural(), (element.clientHeight - 2) / graph.height)),
  }
}
