import type { ExplorerSide, LayerChoice } from "../../src/widgets/net-explorer-state.js"
import { h } from "../shared/dom.js"
import { table } from "../shared/table.js"
import { changeWord, type Model } from "./model.js"
import { weightsView } from "./weights-view.js"

export interface DetailEvents {
  choose(choice: LayerChoice): void
  toggle(side: number, group: number): void
  weigh(choice: LayerChoice): void
  leave(): void
}

/** Everything about one layer. */
export function detailPanel(events: DetailEvents) {
  const element = h(
    "div",
    { class: "detail", role: "region", "aria-label": "details", tabindex: -1 },
    "Choose a layer by click or arrow keys: its details stand here.",
  )
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return
    event.preventDefault()
    events.leave()
  })

  /** @param keep by which a control that is made anew gets the focus back */
  const button = (text: string, keep: string, click: () => void) => {
    const made = h("button", { type: "button", class: keep }, text)
    made.addEventListener("click", click)
    return made
  }

  /** @param title `before` or `after`, where there are two nets */
  function update(model: Model, title: string, choice: LayerChoice): void {
    const held = element.contains(document.activeElement) && document.activeElement!.className
    const { side: i, layer: index } = choice
    const side = model.get("sides")[i]!
    const layer = side.layers[index]!
    const word = changeWord(layer)
    const weights = model.get("weights")
    const link = (layer: number) =>
      button(side.layers[layer]!.name, "link", () => events.choose({ side: i, layer }))
    element.replaceChildren(
      h("h3", {}, layer.name),
      h("p", {}, h("strong", {}, layer.type), ` ${title}`),
      ...(word ? [h("p", { class: `word ${layer.change}` }, word)] : []),
      h("ul", {}, ...layer.changes.map((text) => h("li", {}, text))),
      table([], facts(side, index, link), "facts"),
      h(
        "div",
        { class: "row" },
        ...(layer.blobs > 0 ? [button("weigh its weights", "weigh", () => events.weigh(choice))] : []),
        ...side.groups.flatMap(({ kind, name, layers }, g) => {
          const verb = model.get("closed")[i]!.includes(g) ? "open" : "close"
          return layers.includes(index)
            ? [button(`${verb} ${kind} ${name}`, kind, () => events.toggle(i, g))]
            : []
        }),
      ),
      ...(weights?.side === i && weights.layer === index ? [weightsView(weights)] : []),
      h("pre", {}, layer.prototxt || "no fields in the prototxt"),
    )
    if (held) element.querySelector<HTMLElement>(`.${held}`)?.focus()
  }

  return { element, update }
}

function facts({ layers }: ExplorerSide, index: number, link: (layer: number) => Node): (string | Node)[][] {
  const { bottoms, tops, facts: others } = layers[index]!
  return [
    ...bottoms.map(({ blob, layer, top }) => [
      "bottom",
      h("span", {}, `${blob} ${layers[layer]!.tops[top]!.shape ?? "?"}, from `, link(layer)),
    ]),
    ...tops.map(({ blob, shape }) => ["top", `${blob} ${shape ?? "?"}`]),
    ...layers.flatMap(({ bottoms }, i) =>
      bottoms.some(({ layer }) => layer === index) ? [["read by", link(i)]] : [],
    ),
    ...others,
  ]
}
