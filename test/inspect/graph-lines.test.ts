import { expect, test } from "vitest"
import { parseNet } from "../../src/caffe/load-net.js"
import { graphLines } from "../../src/inspect/graph-lines.js"

const relu = (bottom: string, top: string) =>
  `layer { name: "${top}" type: "ReLU" bottom: "${bottom}" top: "${top}" }`
const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 4] } } }'
const eltwise = (top: string, ...bottoms: string[]) =>
  `layer { name: "${top}" type: "Eltwise" top: "${top}" ${bottoms.map((blob) => `bottom: "${blob}"`).join(" ")} }`
const draw = (...layers: string[]) => graphLines(parseNet([input, ...layers].join("\n")))

test("a chain is one column that ends in an output", () => {
  expect(draw(relu("x", "a"), relu("a", "a"))).toEqual(["●", "●", "○"])
})

test("a residual branch leaves and comes back", () => {
  expect(draw(relu("x", "a"), relu("a", "b"), relu("b", "c"), eltwise("d", "a", "c"))).toEqual([
    "●",
    "●",
    "├─●",
    "│ ●",
    "○─╯",
  ])
})

test("lines cross the columns between", () => {
  expect(
    draw(relu("x", "a"), relu("x", "b"), relu("x", "c"), eltwise("d", "x", "c"), eltwise("e", "a", "b", "d")),
  ).toEqual(["●", "├─●", "├─┼─●", "├─┼─┼─●", "●─┼─┼─╯", "○─┴─╯"])
})

test("a layer with two tops opens a second column", () => {
  const slice = 'layer { name: "s" type: "Slice" bottom: "x" top: "a" top: "b" }'
  expect(draw(slice, relu("a", "c"), eltwise("d", "c", "b"))).toEqual(["●", "●─╮", "● │", "○─╯"])
})

test("an Eltwise of a blob with itself draws one line", () => {
  expect(draw(eltwise("d", "x", "x"))).toEqual(["●", "○"])
})
