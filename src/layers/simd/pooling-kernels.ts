import * as wasm from "./assembler.js"
import { itemsFunction } from "./items-function.js"

const { set, add, multiply, divide, each, and, exclusiveOr } = wasm

/**
 * Windows are given by two lists of their edges, from and to, in bytes: of rows, from the beginning of a plane on, and of
 * places in a row.
 */
const windows = ["x", "plane", "width", "rows", "rowsEnd", "columns", "columnsEnd"] as const

/** A walk through the windows of the plane at `start`, which finds the largest value of each, the first of equals. */
function walk(
  made: wasm.WasmFunction,
  p: Readonly<Record<(typeof windows)[number], wasm.Local>>,
  start: wasm.Local,
  take: (best: wasm.Local, at: wasm.Local) => wasm.Code[],
): wasm.Code[] {
  const [row, column, line, lineEnd] = [made.integer(), made.integer(), made.integer(), made.integer()]
  const [place, end, at] = [made.integer(), made.integer(), made.integer()]
  const [best, value] = [made.vector(), made.vector()]
  const isMore = wasm.firstInteger(wasm.above(value, best))
  return [
    each(row, p.rows, p.rowsEnd, 8, [
      each(column, p.columns, p.columnsEnd, 8, [
        ...[set(best, wasm.leastFloats), set(at, 0)],
        set(lineEnd, add(start, wasm.loadInteger(row, 4))),
        each(line, add(start, wasm.loadInteger(row)), lineEnd, p.width, [
          set(end, add(line, wasm.loadInteger(column, 4))),
          each(place, add(line, wasm.loadInteger(column)), end, 4, [
            set(value, wasm.loadFirst(place)),
            // Without a branch: which of them is largest cannot be predicted.
            set(at, exclusiveOr(at, and(exclusiveOr(at, place), isMore))),
            set(best, wasm.larger(best, value)),
          ]),
        ]),
        ...take(best, at),
      ]),
    ]),
  ]
}

/** Items: planes of `plane` bytes. */
export const maxPool = itemsFunction("maxPool", [...windows, "y", "outputs"], (made, p) => {
  const [to, start] = [made.integer(), made.integer()]
  const statements = walk(made, p, start, (best) => [wasm.storeFirst(to, best), wasm.advance(to, 4)])
  return [
    each(p.item, p.item, p.end, 1, [
      set(start, add(p.x, multiply(p.item, p.plane))),
      set(to, add(p.y, multiply(p.item, multiply(p.outputs, 4)))),
      ...statements,
    ]),
  ]
})

/** The diff of every window goes to where its value came from; sums in double. Items as above. */
export const maxPoolDiff = itemsFunction("maxPoolDiff", [...windows, "dy", "outputs", "dx"], (made, p) => {
  const [diff, place, to] = [made.integer(), made.integer(), made.integer()]
  const [i, start] = [made.integer(), made.integer()]
  const statements = walk(made, p, start, (_, at) => [
    // A window without a value above the least number took from nowhere.
    wasm.when(at, [
      set(place, add(p.scratch, multiply(wasm.subtract(at, start), 2))),
      wasm.storeDouble(place, wasm.addDoubles(wasm.loadDouble(place), wasm.promote(wasm.loadFloat(diff)))),
    ]),
    wasm.advance(diff, 4),
  ])
  return [
    each(p.item, p.item, p.end, 1, [
      set(start, add(p.x, multiply(p.item, p.plane))),
      set(diff, add(p.dy, multiply(p.item, multiply(p.outputs, 4)))),
      wasm.clear(p.scratch, multiply(p.plane, 2)),
      ...statements,
      set(to, add(p.dx, multiply(p.item, p.plane))),
      each(i, 0, divide(p.plane, 4), 1, [
        wasm.storeFloat(to, wasm.demote(wasm.loadDouble(add(p.scratch, multiply(i, 8))))),
        wasm.advance(to, 4),
      ]),
    ]),
  ]
})
