import * as wasm from "./assembler.js"

const { set, advance, add, loadVector, storeVector } = wasm

/** Rows and columns of one block of results. */
export const BLOCK = 4

/** Bytes of a double in each of four rows, and of a block of them. */
export const ROW = 8 * BLOCK
export const BLOCK_BYTES = ROW * BLOCK

/** How many panels hold so many rows or columns. */
export const panelsOf = (n: wasm.Expression) => wasm.divide(add(n, BLOCK - 1), BLOCK)

/**
 * For every panel of four rows of A, sum over k of A[row, k] B[column, k] for four columns: blocks of 4 x 4
 * results, two doubles at a time. A panel holds the first values of its four rows, then the second, and so
 * on. Products and sums stay two instructions, each rounded, so results are those of the same loops in
 * JavaScript, bit for bit.
 *
 * Parameters: places of A's panels, of B's panel, of the results [panels, 4, 4]; k; panels.
 *
 * @param kind whether sums are stored, go on from what is stored, or are added to it when they are done
 */
export function blocksFunction(name: string, kind: "store" | "go on" | "add"): wasm.WasmFunction {
  const made = new wasm.WasmFunction(name, 5)
  const [a, b, c, k, panels] = made.parameters as [wasm.Local, wasm.Local, wasm.Local, wasm.Local, wasm.Local]
  const [place, left] = [made.integer(), made.integer()]
  const sums = Array.from({ length: 2 * BLOCK }, made.vector)
  const [low, high, both] = [made.vector(), made.vector(), made.vector()]
  const product = (sum: wasm.Local, part: wasm.Local) =>
    set(sum, wasm.addPairs(sum, wasm.multiplyPairs(both, part)))
  made.body = [
    wasm.countDown(panels, [
      ...sums.map((sum, i) => set(sum, kind === "go on" ? loadVector(c, 16 * i) : wasm.zeros)),
      ...[set(place, b), set(left, k)],
      wasm.countDown(left, [
        ...[set(low, loadVector(place)), set(high, loadVector(place, 16))],
        ...Array.from({ length: BLOCK }, (_, row) => [
          set(both, wasm.loadTwice(a, 8 * row)),
          product(sums[2 * row]!, low),
          product(sums[2 * row + 1]!, high),
        ]).flat(),
        ...[advance(a, ROW), advance(place, ROW)],
      ]),
      ...sums.map((sum, i) =>
        storeVector(c, kind === "add" ? wasm.addPairs(loadVector(c, 16 * i), sum) : sum, 16 * i),
      ),
      advance(c, BLOCK_BYTES),
    ]),
  ]
  return made
}

/**
 * A panel of floats as doubles: `n` times four values, at `from` plus each of four columns' offsets plus each
 * of `n` others, in bytes. Packs rows, columns and the patches of an image alike.
 *
 * Parameters: from, the place of the columns' offsets, that of the others, n, where the panel goes.
 */
export function gatherFunction(name: string): wasm.WasmFunction {
  const made = new wasm.WasmFunction(name, 5)
  const [from, columns, offsets, n, to] = made.parameters as [
    wasm.Local,
    wasm.Local,
    wasm.Local,
    wasm.Local,
    wasm.Local,
  ]
  const [end, offset, place] = [made.integer(), made.integer(), made.integer()]
  const starts = Array.from({ length: BLOCK }, made.integer)
  const [first] = starts as [wasm.Local]
  const follows = (i: number) => wasm.equal(starts[i]!, add(first, 4 * i))
  made.body = [
    set(end, add(offsets, wasm.multiply(n, 4))),
    ...starts.map((start, i) => set(start, add(from, wasm.loadInteger(columns, 4 * i)))),
    wasm.when(
      wasm.and(wasm.and(follows(1), follows(2)), follows(3)),
      [
        wasm.each(offsets, offsets, end, 4, [
          set(place, add(first, wasm.loadInteger(offsets))),
          storeVector(to, wasm.promotePair(wasm.loadHalf(place))),
          storeVector(to, wasm.promotePair(wasm.loadHalf(place, 8)), 16),
          advance(to, ROW),
        ]),
      ],
      [
        wasm.each(offsets, offsets, end, 4, [
          set(offset, wasm.loadInteger(offsets)),
          ...starts.map((start, i) =>
            wasm.storeDouble(to, wasm.promote(wasm.loadFloat(add(start, offset))), 8 * i),
          ),
          advance(to, ROW),
        ]),
      ],
    ),
  ]
  return made
}
