import type { Layer, Net, Value } from "../net/index.js"

/**
 * The graph of a net as lines of text, one a layer, in the manner of a version history: a column for every blob that somebody below still reads.
 * ● is a layer, ○ one whose tops nobody reads: an output.
 *
 * ```
 * ●        conv1
 * ├─●      branch, reads conv1
 * │ ●      branch's next layer
 * ●─╯      eltwise, reads conv1 and the branch
 * ```
 */
export function graphLines(net: Net): string[] {
  const open: (Value | undefined)[] = []
  const waiting = new Map(net.values.map((value) => [value, net.consumers(value).length]))
  return net.layers.map((layer) => {
    for (const bottom of layer.bottoms) waiting.set(bottom, waiting.get(bottom)! - 1)
    const isDone = (value: Value) => waiting.get(value) === 0
    const bottoms = [...new Set(layer.bottoms)].map((value) => ({
      column: open.indexOf(value),
      ends: isDone(value),
    }))
    for (const { column, ends } of bottoms) if (ends) open[column] = undefined
    const line = new Line(open)
    // The leftmost column that ends goes on: the trunk stays left, branches come back to it.
    const ending = bottoms.filter(({ ends }) => ends).map(({ column }) => column)
    const own = ending.length > 0 ? Math.min(...ending) : firstFree(open, 0)
    for (const { column, ends } of bottoms)
      if (column !== own) line.join(own, column, ends ? "above" : "both")
    const tops = layer.tops.filter((value) => !isDone(value))
    tops.forEach((top, i) => {
      const column = i === 0 ? own : firstFree(open, own + 1)
      open[column] = top
      if (column !== own) line.join(own, column, "below")
    })
    line.set(own, isOutput(layer, tops) ? "○" : "●")
    return String(line)
  })
}

function isOutput({ tops }: Layer, read: readonly Value[]): boolean {
  return tops.length > 0 && read.length === 0
}

function firstFree(open: readonly (Value | undefined)[], from: number): number {
  let column = from
  while (open[column] !== undefined) column++
  return column
}

/** The sides on which a character's line leaves it; characters that meet in one place join theirs. */
const sides = { up: 1, down: 2, left: 4, right: 8 } as const
const characters = "  ││ ╯╮┤ ╰╭├─┴┬┼"

/** Which way a joined column goes on from here. */
const ways = { above: sides.up, below: sides.down, both: sides.up | sides.down } as const

/** One line under way: columns stand two characters apart. */
class Line {
  readonly #sides: number[] = []
  #own = { column: 0, character: " " }

  constructor(open: readonly (Value | undefined)[]) {
    open.forEach((value, column) => {
      if (value !== undefined) this.#add(2 * column, ways.both)
    })
  }

  set(column: number, character: string): void {
    this.#own = { column, character }
  }

  /** A line from the layer in column `own` to another column. */
  join(own: number, column: number, way: keyof typeof ways): void {
    const [from, to] = own < column ? [2 * own, 2 * column] : [2 * column, 2 * own]
    for (let at = from + 1; at < to; at++) this.#add(at, sides.left | sides.right)
    this.#add(2 * column, ways[way] | (own < column ? sides.left : sides.right))
  }

  #add(at: number, more: number): void {
    this.#sides[at] = (this.#sides[at] ?? 0) | more
  }

  toString(): string {
    const line = Array.from(this.#sides, (set) => characters[set ?? 0]!)
    line[2 * this.#own.column] = this.#own.character
    return Array.from(line, (character) => character ?? " ").join("")
  }
}
