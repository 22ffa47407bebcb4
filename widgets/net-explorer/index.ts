import type { LayerChoice, NetExplorerState } from "../../src/widgets/net-explorer-state.js"
import { watchConnection } from "../shared/connection.js"
import { h, setAll } from "../shared/dom.js"
import { type View, watch } from "../shared/model.js"
import { savePerFrame } from "../shared/save.js"
import { commander } from "./commander.js"
import { detailPanel } from "./detail-panel.js"
import { graphView } from "./graph-view.js"
import { layerTable } from "./layer-table.js"
import { saveSvg } from "./save-svg.js"
import { nextOf, search } from "./search.js"

/** Several views of one widget may be on a page: what has an id has it once. */
let views = 0

function render({ model, el, experimental }: View<NetExplorerState>): () => void {
  const id = `prelab-net-${++views}`
  const sides = model.get("sides")
  const changes = model.get("changes")
  const compares = sides.length > 1
  const signs = new Map(model.get("legend").map(([kind, sign]) => [kind, sign]))
  const titles = compares ? ["before", "after"] : [""]
  const names = sides.map(({ name }, i) => [titles[i], name].filter(Boolean).join(" "))
  const button = (text: string, label: string, click: () => void) => {
    const made = h("button", { type: "button", "aria-label": label }, text)
    made.addEventListener("click", click)
    return made
  }
  const labelled = (text: string, field: HTMLElement) => h("label", { for: field.id }, `${text} `, field)

  const status = h("span", { class: "status soft", role: "status" })
  const live = h("div", { class: "live", "aria-live": "polite" })
  const query = h("input", { type: "search", id: `${id}-query`, placeholder: "name, type, blob" })
  const count = h("span", { class: "soft", "aria-live": "polite" })
  const kinds: string[] = sides.flatMap(({ groups }) => groups.map(({ kind }) => `${kind}s`))
  const level = h(
    "select",
    { id: `${id}-level` },
    ...["layers", "stacks", "blocks", "mixed"].map((value, i) =>
      h("option", { value, disabled: i > 0 && !kinds.includes(value) }, value),
    ),
  )
  const graphs = sides.map((side, i) =>
    graphView(`${id}-${i}`, side, names[i]!, signs, {
      choose: (layer) => choose({ side: i, layer }),
      open: () => detail.element.focus(),
      toggle: (layer) => command("toggle", { side: i, layer }),
    }),
  )
  const each = (act: (graph: (typeof graphs)[number]) => void) => {
    for (const graph of graphs) act(graph)
  }
  const back = () => graphs[model.get("chosen")?.side ?? 0]!.svg.focus()
  const detail = detailPanel({
    choose,
    toggle: (side, group) => command("toggle", { side, group }),
    weigh: (choice) => command("weigh", choice),
    leave: back,
  })
  const root = h(
    "div",
    {
      class: `prelab-widget prelab-net${compares ? " compares" : ""}`,
      role: "group",
      "aria-label": `net explorer of ${names.join(" and ")}`,
      "data-lm-suppress-shortcuts": "true",
    },
    h(
      "div",
      { class: "row" },
      labelled("find", query),
      button("↑", "previous match", () => jump(matches(), -1)),
      button("↓", "next match", () => jump(matches(), 1)),
      count,
      labelled("draw", level),
      button("−", "zoom out", () => each((graph) => graph.zoom(-1))),
      button("+", "zoom in", () => each((graph) => graph.zoom(1))),
      button("fit", "fit the whole net", () => each((graph) => graph.fit())),
      button("save SVG", "save SVG", () => {
        for (const [i, { svg }] of graphs.entries()) saveSvg(svg, names[i]!)
      }),
      status,
    ),
    ...(compares
      ? [
          h(
            "div",
            { class: "row" },
            h("strong", {}, model.get("changed")),
            button("◀ change", "previous change", () => jump(changes, -1)),
            button("change ▶", "next change", () => jump(changes, 1)),
          ),
        ]
      : []),
    h(
      "div",
      { class: "panes" },
      ...sides.map(({ summary }, i) =>
        h("div", {}, h("div", {}, h("strong", {}, names[i]!), ` ${summary}`), graphs[i]!.element),
      ),
      detail.element,
    ),
    h(
      "div",
      { class: "row soft" },
      ...model
        .get("legend")
        .map(([kind, sign, word]) => h("span", {}, h("span", { class: `chip ${kind}` }, sign), ` ${word}`)),
      `Keys: arrows walk, Enter details, Space closes and opens, + − 0 zoom, / finds${compares ? ", n next change" : ""}.`,
    ),
    ...sides.map((side, i) => layerTable(side, names[i]!, compares)),
    live,
  )
  const command = commander(experimental, root, status)

  const { save, end } = savePerFrame(model)
  function set<K extends "chosen" | "query">(name: K, value: NetExplorerState[K]): void {
    model.set(name, value)
    save()
  }

  function choose(chosen: LayerChoice): void {
    set("chosen", chosen)
    live.textContent = `${titles[chosen.side]} ${sides[chosen.side]!.layers[chosen.layer]!.label}`
  }

  const matches = () => search(sides, model.get("query"))

  function jump(places: readonly LayerChoice[], by: 1 | -1): void {
    const next = nextOf(places, model.get("chosen"), by)
    if (next) choose(next)
  }

  function showChosen(): void {
    const chosen = model.get("chosen")
    const layer = chosen ? sides[chosen.side]!.layers[chosen.layer] : undefined
    // The namesake on the other side is marked too.
    for (const [i, graph] of graphs.entries())
      graph.choose(chosen?.side === i ? chosen.layer : (layer?.other ?? undefined), true)
    setAll(root, { "data-side": chosen?.side, "data-layer": layer?.name })
    if (chosen) detail.update(model, titles[chosen.side]!, chosen)
    showQuery()
  }

  function showQuery(): void {
    if (document.activeElement !== query) query.value = model.get("query")
    const [found, chosen] = [matches(), model.get("chosen")]
    const searches = model.get("query").trim() !== ""
    for (const [i, graph] of graphs.entries())
      graph.mark(
        searches ? new Set(found.filter(({ side }) => side === i).map(({ layer }) => layer)) : undefined,
      )
    const at = found.findIndex(({ side, layer }) => side === chosen?.side && layer === chosen.layer)
    count.textContent = searches ? `${at < 0 ? "" : `${at + 1} of `}${found.length} found` : ""
  }

  function showGraphs(): void {
    for (const [i, graph] of model.get("graphs").entries()) graphs[i]!.draw(graph)
    level.value = model.get("level")
    setAll(root, { "data-level": level.value })
    showChosen()
  }

  level.addEventListener("change", () => command("draw", level.value))
  query.addEventListener("input", () => set("query", query.value))
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") jump(matches(), event.shiftKey ? -1 : 1)
    else if (event.key === "Escape") back()
    else return
    event.preventDefault()
  })
  root.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event
    const types = target === query || target === level
    const isHeld = ctrlKey || metaKey || altKey
    if (((ctrlKey || metaKey) && key === "f") || (key === "/" && !types)) {
      query.focus()
      query.select()
    } else if (types || isHeld) return
    else if (key === "+" || key === "=") each((graph) => graph.zoom(1))
    else if (key === "-") each((graph) => graph.zoom(-1))
    else if (key === "0") each((graph) => graph.fit())
    else if (key.toLowerCase() === "n") jump(changes, shiftKey ? -1 : 1)
    else return
    event.preventDefault()
  })

  const stops = [
    watch(model, ["graphs"], showGraphs),
    watch(model, ["chosen", "weights"], showChosen),
    watch(model, ["query"], showQuery),
  ]
  const resized = new ResizeObserver(() => each((graph) => graph.size()))
  resized.observe(root)
  el.append(root)
  const unheard = watchConnection({ model, el }, root)
  showGraphs()

  return () => {
    end()
    resized.disconnect()
    for (const stop of stops) stop()
    unheard()
    root.remove()
  }
}

export default { render }
