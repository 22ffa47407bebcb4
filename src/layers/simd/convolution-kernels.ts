import * as wasm from "./assembler.js"
import { BLOCK, BLOCK_BYTES, panelsOf, ROW } from "./blocks.js"
import { ADD, type Five, GATHER, itemsFunction, STORE } from "./items-function.js"

const { set, advance, add, multiply, divide, remainder, each, when, least, subtract } = wasm

/**
 * The weights' diffs of a convolution, added to `totals` [group, outputs, fan in] in double, image after image.
 * Items: `span` panels of four weights of one group. The bottom's diffs `a` come packed, `aStride` bytes a group of
 * an image.
 */
export const weightDiff = itemsFunction(
  "weightDiff",
  [
    ...(["x", "stride", "weights", "fanIn", "starts", "positions"] as const),
    ...(["a", "aStride", "images", "group", "outputs", "totals", "span"] as const),
  ],
  (made, p) => {
    const { item, end, scratch } = p
    const [parts, panels, first, last, sums] = Array.from({ length: 5 }, made.integer) as Five
    const [index, stop, column, to, group] = Array.from({ length: 5 }, made.integer) as Five
    const row = made.integer()
    const columns = multiply(p.span, BLOCK)
    /** Every total with its place in the blocks. */
    const eachTotal = (copy: (total: wasm.Code, sum: wasm.Code) => wasm.Code) =>
      each(column, first, last, 1, [
        each(row, 0, p.outputs, 1, [
          copy(
            add(p.totals, multiply(add(multiply(add(multiply(group, p.outputs), row), p.fanIn), column), 8)),
            add(
              add(sums, multiply(divide(subtract(column, first), BLOCK), multiply(panels, BLOCK_BYTES))),
              add(multiply(row, ROW), multiply(remainder(column, BLOCK), 8)),
            ),
          ),
        ]),
      ])
    return [
      set(parts, divide(add(p.fanIn, subtract(columns, 1)), columns)),
      ...[set(panels, panelsOf(p.outputs)), set(sums, add(scratch, multiply(p.positions, ROW)))],
      set(stop, multiply(p.images, p.group)),
      each(item, item, end, 1, [
        set(group, divide(item, parts)),
        set(first, multiply(remainder(item, parts), columns)),
        ...[set(last, add(first, columns)), set(last, least(last, p.fanIn))],
        wasm.clear(sums, multiply(multiply(panels, BLOCK_BYTES), p.span)),
        eachTotal((total, sum) => wasm.storeDouble(sum, wasm.loadDouble(total))),
        each(index, group, stop, p.group, [
          set(to, sums),
          each(column, first, last, BLOCK, [
            wasm.call(
              GATHER,
              add(p.x, multiply(index, p.stride)),
              add(p.weights, multiply(column, 4)),
              p.starts,
              p.positions,
              scratch,
            ),
            wasm.call(ADD, add(p.a, multiply(index, p.aStride)), scratch, to, p.positions, panels),
            advance(to, multiply(panels, BLOCK_BYTES)),
          ]),
        ]),
        eachTotal((total, sum) => wasm.storeDouble(total, wasm.loadDouble(sum))),
      ]),
    ]
  },
)

/**
 * The bottom's diff of a convolution, W^T dy, every product added to where its patch took from (Caffe's col2im).
 * Items: the groups of the images. `a` is W^T, packed; `runs` says of every four positions whether their patches
 * follow one another; `inner` where in a padded plane, in bytes, the values of the bottom are.
 */
export const bottomDiff = itemsFunction(
  "bottomDiff",
  [
    ...(["dy", "stride", "columns", "positions", "offsets", "outputs", "a", "aStride", "group"] as const),
    ...(["starts", "runs", "taps", "fanIn", "padded", "inner", "plane", "dx"] as const),
  ],
  (made, p) => {
    const { item, end, scratch } = p
    const [panels, products, sums, column, to] = Array.from({ length: 5 }, made.integer) as Five
    const [tap, at, from, last, panelBytes] = Array.from({ length: 5 }, made.integer) as Five
    const [lane, place, i] = [made.integer(), made.integer(), made.integer()]
    return [
      set(panels, panelsOf(p.fanIn)),
      set(panelBytes, multiply(panels, BLOCK_BYTES)),
      set(products, add(scratch, multiply(p.outputs, ROW))),
      set(sums, add(products, multiply(panelsOf(p.positions), panelBytes))),
      each(item, item, end, 1, [
        set(to, products),
        each(column, 0, p.positions, BLOCK, [
          wasm.call(
            GATHER,
            add(p.dy, multiply(item, p.stride)),
            add(p.columns, multiply(column, 4)),
            p.offsets,
            p.outputs,
            scratch,
          ),
          wasm.call(
            STORE,
            add(p.a, multiply(remainder(item, p.group), p.aStride)),
            scratch,
            to,
            p.outputs,
            panels,
          ),
          advance(to, panelBytes),
        ]),
        wasm.clear(sums, p.padded),
        each(tap, 0, p.fanIn, 1, [
          set(at, add(sums, multiply(wasm.loadInteger(add(p.taps, multiply(tap, 4))), 2))),
          set(from, add(products, multiply(tap, ROW))),
          each(column, 0, p.positions, BLOCK, [
            when(
              wasm.loadInteger(add(p.runs, column)),
              [
                set(place, add(at, multiply(wasm.loadInteger(add(p.starts, multiply(column, 4))), 2))),
                ...[0, 16].map((offset) =>
                  wasm.storeVector(
                    place,
                    wasm.addPairs(wasm.loadVector(place, offset), wasm.loadVector(from, offset)),
                    offset,
                  ),
                ),
              ],
              [
                ...[set(last, add(column, BLOCK)), set(last, least(last, p.positions))],
                each(lane, column, last, 1, [
                  set(place, add(at, multiply(wasm.loadInteger(add(p.starts, multiply(lane, 4))), 2))),
                  wasm.storeDouble(
                    place,
                    wasm.addDoubles(
                      wasm.loadDouble(place),
                      wasm.loadDouble(add(from, multiply(subtract(lane, column), 8))),
                    ),
                  ),
                ]),
              ],
            ),
            advance(from, panelBytes),
          ]),
        ]),
        set(to, add(p.dx, multiply(item, multiply(p.plane, 4)))),
        each(i, 0, p.plane, 1, [
          wasm.storeFloat(
            to,
            wasm.demote(wasm.loadDouble(add(sums, wasm.loadInteger(add(p.inner, multiply(i, 4)))))),
          ),
          advance(to, 4),
        ]),
      ]),
    ]
  },
)
