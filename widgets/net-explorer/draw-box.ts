import type { ExplorerLayer, ExplorerSide } from "../../src/widgets/net-explorer-state.js"
import { s } from "../shared/dom.js"
import { type Item, row } from "./items.js"
import { changeWord, type Signs } from "./model.js"

/** What stands in an item, from its upper left corner on. */
export function drawItem(
  { layers, width, height }: Item,
  side: ExplorerSide,
  group: number | null,
  signs: Signs,
): SVGElement[] {
  const held = layers.map((layer) => side.layers[layer]!)
  const first = held[0]!
  const face = s("rect", { class: "face", width, height, rx: 5 })
  if (height <= row) {
    const word = changeWord(first)
    return [
      face,
      s("line", { class: "rule", x2: width }),
      ...tile(first, signs, 10, 4, 14),
      text("", 31, 15, first.name, 17),
      end(width, 15, word || first.type, word ? `word ${first.change}` : "soft"),
    ]
  }
  const isOne = layers.length === 1
  const { kind, name, lines, differ } = isOne
    ? { kind: "layer", name: first.name, lines: [`${first.type} ${first.brief}`], differ: 0 }
    : side.groups[group!]!
  const word = isOne ? changeWord(first) : differ > 0 ? `≠ ${differ} differ` : ""
  const left = kind === "block" ? 10 : 38
  const mark = kind === "block" ? [] : tile(first, signs, 8, 8, 22)
  // What is closed in a stack: one small sign each, and their types.
  const small =
    kind === "stack" ? held.slice(1).flatMap((layer, i) => tile(layer, signs, 10 + 18 * i, 41, 14)) : []
  const indent = kind === "stack" ? 18 * held.length - 2 : left
  return [
    face,
    ...mark,
    text("name", left, 17, name, word ? 18 : 28),
    ...(word ? [end(width, 17, word, `word ${isOne ? first.change : "changed"}`)] : []),
    ...lines.map((line, i) =>
      text(
        "soft",
        i === 0 ? left : indent,
        kind === "stack" && i > 0 ? 52 : 31 + 15 * i,
        line,
        i === 0 ? 32 : (width - indent) / 6.2,
      ),
    ),
    ...small,
  ]
}

function tile({ kind }: ExplorerLayer, signs: Signs, x: number, y: number, size: number): SVGElement[] {
  return [
    s("rect", { class: `tile ${kind}`, x, y, width: size, height: size, rx: 3 }),
    s(
      "text",
      { class: "mark", x: x + size / 2, y: y + size / 2, "font-size": size * 0.72 },
      signs.get(kind) ?? "",
    ),
  ]
}

/** @param most about as many letters as there is room for */
function text(kind: string, x: number, y: number, words: string, most: number): SVGElement {
  return s("text", { class: kind, x, y }, words.length > most ? `${words.slice(0, most - 1)}…` : words)
}

function end(width: number, y: number, words: string, kind: string): SVGElement {
  return s("text", { class: kind, x: width - 8, y, "text-anchor": "end" }, words.slice(0, 14))
}
