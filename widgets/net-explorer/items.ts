import type { ExplorerGraph, ExplorerSide } from "../../src/widgets/net-explorer-state.js"

/** What can be chosen in a drawing: a layer's row, or a box that stands for several. */
export interface Item {
  readonly box: number
  readonly layers: readonly number[]
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Heights of the first row of a box and of the others; the layout reckons with the same. */
export const head = 38
export const row = 22

export type Direction = "up" | "down" | "left" | "right"

/** A drawing's items from top to bottom, and the ways between them. */
export class Items {
  readonly all: readonly Item[]
  readonly #side: ExplorerSide
  readonly #of = new Map<number, Item>()

  constructor(graph: ExplorerGraph, side: ExplorerSide) {
    this.#side = side
    this.all = graph.boxes.flatMap(({ x, y, width, height, layers, closed }, box): Item[] =>
      closed || layers.length === 1
        ? [{ box, layers, x, y, width, height }]
        : layers.map((layer, i) => ({
            box,
            layers: [layer],
            x,
            y: i === 0 ? y : y + head + row * (i - 1),
            width,
            height: i === 0 ? head : row,
          })),
    )
    for (const item of this.all) for (const layer of item.layers) this.#of.set(layer, item)
  }

  of(layer: number): Item | undefined {
    return this.#of.get(layer)
  }

  /** Along an edge, or to the neighbour on about the same height. */
  next(from: Item, direction: Direction): Item | undefined {
    const { layers } = this.#side
    const right = (item: Item) => item.x + item.width / 2 - from.x - from.width / 2
    const below = (item: Item) => item.y + item.height / 2 - from.y - from.height / 2
    const isAside = direction === "left" || direction === "right"
    const sign = direction === "left" || direction === "up" ? -1 : 1
    const found = isAside
      ? this.all.filter(
          (item) => sign * right(item) > 0 && Math.abs(below(item)) < (item.height + from.height) / 2 + head,
        )
      : layers.flatMap(({ bottoms }, i) =>
          bottoms.flatMap(({ layer }) => {
            const [upper, lower] = [this.#of.get(layer)!, this.#of.get(i)!]
            const [near, far] = sign < 0 ? [lower, upper] : [upper, lower]
            return near === from && far !== from ? [far] : []
          }),
        )
    const off = (item: Item) => 1e3 * Math.abs(right(item)) + Math.abs(below(item))
    return found.sort((a, b) => off(a) - off(b))[0]
  }
}
