import { expect, test } from "vitest"
import { displaySymbol } from "../../src/figures/index.js"
import { plot } from "../../src/figures/plot.js"

test("traces get the look of every figure, and a sentence for where none can be shown", async () => {
  const bundle = (await plot([{ type: "bar", y: [3, 1] }], { title: "two <bars>", y: "height" })[
    displaySymbol
  ]()) as Record<string, never>
  const { data, layout } = bundle["application/vnd.plotly.v1+json"] as { data: object[]; layout: object }
  expect(data).toEqual([{ type: "bar", y: [3, 1] }])
  expect(layout).toMatchObject({ title: { text: "two &lt;bars&gt;" }, yaxis: { title: { text: "height" } } })
  expect(bundle["text/html"]).toBe("<p>two &lt;bars&gt;</p>")
  expect(bundle["text/plain"]).toBe("two <bars>")
})
