import { expect, test } from "vitest"
import { Worst } from "./worst.js"

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const shares: readonly (readonly [got: number[], want: number[], ratio: number, text: string])[] = [
  [[1, nan, inf, -0], [1, nan, inf, -0], 0, "exact"],
  [[1, 0], [1, -0], 0, "0.0"],
  [[1, 2.5], [1, 2], 0.5, "0.50"],
  [[1, 4], [1, 2], 2, "2.0"],
  [[nan, 2], [1, 2], inf, "Infinity"],
  [[1, 2], [1, nan], inf, "Infinity"],
  [[inf], [-inf], inf, "Infinity"],
  [[3e38], [inf], inf, "Infinity"],
]

test.each(shares)("%j beside %j, each may be off by 1: %d", (got, want, ratio, text) => {
  const worst = new Worst()
  worst.add(got, want, () => 1)
  expect([worst.ratio, `${worst}`]).toEqual([ratio, text])
})

test("a bound of 0 allows nothing, a strided file stands for every k-th value, and what is not promised does not count", () => {
  const [none, strided, open] = [new Worst(), new Worst(), new Worst()]
  none.add([1], [1 + 2 ** -52], () => 0)
  strided.add([1, 9, 2, 9, 4], [1, 2, 3], (at) => at, 2)
  open.add([5], [nan], () => undefined)
  expect([none.ratio, strided.ratio, open.ratio, `${new Worst()}`]).toEqual([
    inf,
    0.25,
    0,
    "nothing to compare",
  ])
})
