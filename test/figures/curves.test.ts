import { expect, test } from "vitest"
import { bundleOf } from "../../src/figures/display.js"
import { showCurves } from "../../src/figures/show-curves.js"
import { Curves } from "../../src/inspect/index.js"

interface Figure {
  readonly data: readonly {
    readonly name: string
    readonly line: { readonly dash: string }
    readonly marker: { readonly symbol: string }
    readonly showlegend: boolean
  }[]
  readonly layout: { readonly yaxis: { readonly ticktext?: readonly string[] } }
}

const figureOf = (curves: Curves) => showCurves(curves).figure as unknown as Figure

test("a few curves differ in more than colour and are named", async () => {
  const curves = new Curves("two lines", { x: "x", y: "y" }, [
    { name: "one", x: [0, 1], y: [0, 1] },
    { name: "two", x: [0, 1], y: [1, 0] },
  ])
  const { data } = figureOf(curves)
  expect(new Set(data.map(({ line, marker }) => `${line.dash} ${marker.symbol}`)).size).toBe(2)
  expect(data.every(({ showlegend }) => showlegend)).toBe(true)
  const bundle = await bundleOf(showCurves(curves))
  expect(Object.keys(bundle)).toEqual(["application/vnd.plotly.v1+json", "text/html", "text/plain"])
  expect(bundle["text/plain"]).toBe("two lines")
})

test("a family of curves has no legend, and rows that are named from the top", () => {
  const family = Array.from({ length: 8 }, (_, i) => ({ name: `input ${i}`, x: [i, i + 1], y: [0, 1] }))
  const { data, layout } = figureOf(
    new Curves("eight", { x: "value", y: "", rows: ["before", "after"] }, family),
  )
  expect(data.some(({ showlegend }) => showlegend)).toBe(false)
  expect(layout.yaxis).toMatchObject({ ticktext: ["before", "after"], range: [1.5, -0.5] })
})
