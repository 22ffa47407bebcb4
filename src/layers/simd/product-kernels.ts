import * as wasm from "./assembler.js"
import { BLOCK, BLOCK_BYTES, panelsOf, ROW } from "./blocks.js"
import { type Five, GATHER, GO_ON, itemsFunction } from "./items-function.js"

const { set, advance, add, multiply, divide, remainder, each, when, below, least, subtract } = wasm

/** Products of one sum that are made with one packed piece of B, which stays in the first cache with four rows of A. */
export const PIECE = 256

/** Columns that pass by one packed piece of A. */
export const COLUMNS = 64

/**
 * Items: matrices A, each at `stride` bytes after the one before, its rows and the values of one row at the
 * offsets that `rows` and `offsets` hold. Packed as pieces of `piece` values of all rows, in panels of four rows.
 */
export const pack = itemsFunction(
  "pack",
  ["a", "stride", "rows", "panels", "offsets", "k", "piece", "packed"],
  (made, { item, end, a, stride, rows, panels, offsets, k, piece, packed }) => {
    const [at, length, panel, to] = [made.integer(), made.integer(), made.integer(), made.integer()]
    return [
      each(item, item, end, 1, [
        set(to, add(packed, multiply(item, multiply(multiply(panels, k), ROW)))),
        each(at, 0, k, piece, [
          ...[set(length, subtract(k, at)), set(length, least(length, piece))],
          each(panel, 0, panels, 1, [
            wasm.call(
              GATHER,
              add(a, multiply(item, stride)),
              add(rows, multiply(panel, 4 * BLOCK)),
              add(offsets, multiply(at, 4)),
              length,
              to,
            ),
            advance(to, multiply(length, ROW)),
          ]),
        ]),
      ]),
    ]
  },
)

/**
 * C[m, n] = sum over k of A[m, k] B[n, k] + bias, in double, rounded once. Items: groups of columns of one B
 * after the other, each B at `stride` bytes after the one before; every `group`-th B has the same A and bias.
 * A is packed, a matrix `aStride` bytes; B's columns and their values lie at offsets that `columns` and
 * `offsets` hold. A bias for a row is `biasRow` bytes after the one before, for a column `biasColumn`.
 */
export const product = itemsFunction(
  "product",
  [
    ...(["b", "stride", "columns", "n", "offsets", "k", "a", "aStride", "group", "m"] as const),
    ...(["bias", "biasGroup", "biasRow", "biasColumn", "c", "cStride", "cRow"] as const),
  ],
  (made, p) => {
    const { item, end, scratch } = p
    const [groups, index, panels, first, last] = Array.from({ length: 5 }, made.integer) as Five
    const [column, at, length, sums, row] = Array.from({ length: 5 }, made.integer) as Five
    const [from, bias, to, lane, a] = Array.from({ length: 5 }, made.integer) as Five
    const halves = [made.vector(), made.vector()] as const
    const biasAt = (i: number) => wasm.promote(wasm.loadFloat(add(bias, multiply(p.biasColumn, i))))
    return [
      set(groups, divide(add(p.n, COLUMNS - 1), COLUMNS)),
      ...[set(panels, panelsOf(p.m)), set(sums, add(scratch, PIECE * ROW))],
      each(item, item, end, 1, [
        set(index, divide(item, groups)),
        set(first, multiply(remainder(item, groups), COLUMNS)),
        ...[set(last, add(first, COLUMNS)), set(last, least(last, p.n))],
        wasm.clear(sums, multiply(multiply(panels, BLOCK_BYTES), COLUMNS / BLOCK)),
        set(a, add(p.a, multiply(remainder(index, p.group), p.aStride))),
        each(at, 0, p.k, PIECE, [
          ...[set(length, subtract(p.k, at)), set(length, least(length, PIECE))],
          set(to, sums),
          each(column, first, last, BLOCK, [
            wasm.call(
              GATHER,
              add(p.b, multiply(index, p.stride)),
              add(p.columns, multiply(column, 4)),
              add(p.offsets, multiply(at, 4)),
              length,
              scratch,
            ),
            wasm.call(GO_ON, a, scratch, to, length, panels),
            advance(to, multiply(panels, BLOCK_BYTES)),
          ]),
          advance(a, multiply(multiply(length, panels), ROW)),
        ]),
        set(from, sums),
        each(column, first, last, BLOCK, [
          set(to, add(add(p.c, multiply(index, p.cStride)), multiply(column, 4))),
          set(
            bias,
            add(
              add(p.bias, multiply(remainder(index, p.group), p.biasGroup)),
              multiply(column, p.biasColumn),
            ),
          ),
          each(row, 0, p.m, 1, [
            // The last columns' values lie at the end of their row: what is written beyond would be the next row's.
            when(
              below(add(column, BLOCK - 1), p.n),
              [
                when(
                  p.biasColumn,
                  halves.map((half, i) => set(half, wasm.promotePair(wasm.loadHalf(bias, 8 * i)))),
                  halves.map((half) => set(half, wasm.bothDoubles(biasAt(0)))),
                ),
                ...halves.map((half, i) =>
                  set(half, wasm.demotePair(wasm.addPairs(wasm.loadVector(from, 16 * i), half))),
                ),
                wasm.storeVector(to, wasm.lowerHalves(...halves)),
              ],
              [
                each(lane, 0, subtract(p.n, column), 1, [
                  wasm.storeFloat(
                    add(to, multiply(lane, 4)),
                    wasm.demote(
                      wasm.addDoubles(
                        wasm.loadDouble(add(from, multiply(lane, 8))),
                        wasm.promote(wasm.loadFloat(add(bias, multiply(p.biasColumn, lane)))),
                      ),
                    ),
                  ),
                ]),
              ],
            ),
            ...[advance(bias, p.biasRow), advance(to, p.cRow), advance(from, ROW)],
          ]),
          // What the last panel has of rows that are none.
          advance(from, multiply(subtract(multiply(panels, BLOCK), p.m), ROW)),
        ]),
      ]),
    ]
  },
)
