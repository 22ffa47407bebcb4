import * as wasm from "./assembler.js"
import { itemsFunction } from "./items-function.js"

const { set, add, multiply, remainder, each, and } = wasm

/** What both begin with: the slope of a run of values that share a channel, and how many of them come in fours. */
const starts = ["x", "slopes", "channels", "inner"] as const

/**
 * y = max(x, 0) + a min(x, 0), as prelu.ts has it. Items: runs of `inner` values that share a channel, whose slope
 * the n-th of `channels` floats is.
 */
export const prelu = itemsFunction("prelu", [...starts, "y"], (made, p) => {
  const [from, to, end] = [made.integer(), made.integer(), made.integer()]
  const [a, v, above] = [made.vector(), made.vector(), made.vector()]
  const value = (x: wasm.Expression) => [
    set(v, x),
    set(
      above,
      wasm.choose(
        wasm.addFours(v, above),
        wasm.addFours(wasm.zeros, wasm.multiplyFours(a, v)),
        wasm.above(v, wasm.zeros),
      ),
    ),
  ]
  const slopeTimesZero = set(above, wasm.multiplyFours(a, wasm.zeros))
  return [
    each(p.item, p.item, p.end, 1, [
      set(a, wasm.loadAlike(add(p.slopes, multiply(remainder(p.item, p.channels), 4)))),
      set(from, add(p.x, multiply(p.item, multiply(p.inner, 4)))),
      set(to, add(p.y, multiply(p.item, multiply(p.inner, 4)))),
      set(end, add(from, multiply(and(p.inner, -4), 4))),
      each(from, from, end, 16, [
        slopeTimesZero,
        ...value(wasm.loadVector(from)),
        wasm.storeVector(to, above),
        wasm.advance(to, 16),
      ]),
      set(end, add(from, multiply(and(p.inner, 3), 4))),
      each(from, from, end, 4, [
        slopeTimesZero,
        ...value(wasm.loadAlike(from)),
        wasm.storeFirst(to, above),
        wasm.advance(to, 4),
      ]),
    ]),
  ]
})

/**
 * The diff of x, and of every run the sum of what its slope's diff gets, in double, one after the other. Items as
 * above.
 */
export const preluDiff = itemsFunction("preluDiff", [...starts, "dy", "dx", "sums"], (made, p) => {
  const [from, to, end, diff] = [made.integer(), made.integer(), made.integer(), made.integer()]
  const [a, v, d, terms] = [made.vector(), made.vector(), made.vector(), made.vector()]
  const sum = made.double()
  const run = multiply(p.item, multiply(p.inner, 4))
  const dx = wasm.choose(d, wasm.multiplyFours(d, a), wasm.above(v, wasm.zeros))
  /** d min(v, 0) of a pair, which is v where that is not a number. */
  const pair = (half: (vector: wasm.Local) => wasm.Code) =>
    set(
      terms,
      wasm.multiplyPairs(wasm.promotePair(half(d)), wasm.smaller(wasm.promotePair(half(v)), wasm.zeros)),
    )
  const take = (lane: number) => set(sum, wasm.addDoubles(sum, wasm.lane(terms, lane)))
  return [
    each(p.item, p.item, p.end, 1, [
      set(a, wasm.loadAlike(add(p.slopes, multiply(remainder(p.item, p.channels), 4)))),
      ...[set(from, add(p.x, run)), set(diff, add(p.dy, run)), set(to, add(p.dx, run))],
      set(sum, wasm.noDouble),
      set(end, add(from, multiply(and(p.inner, -4), 4))),
      each(from, from, end, 16, [
        ...[set(v, wasm.loadVector(from)), set(d, wasm.loadVector(diff))],
        wasm.storeVector(to, dx),
        ...[pair(wasm.value), take(0), take(1)],
        ...[pair((vector) => wasm.upperHalves(vector, vector)), take(0), take(1)],
        ...[wasm.advance(diff, 16), wasm.advance(to, 16)],
      ]),
      set(end, add(from, multiply(and(p.inner, 3), 4))),
      each(from, from, end, 4, [
        ...[set(v, wasm.loadAlike(from)), set(d, wasm.loadAlike(diff))],
        wasm.storeFirst(to, dx),
        ...[pair(wasm.value), take(0)],
        ...[wasm.advance(diff, 4), wasm.advance(to, 4)],
      ]),
      wasm.storeDouble(add(p.sums, multiply(p.item, 8)), sum),
    ]),
  ]
})
