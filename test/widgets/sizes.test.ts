import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { printTable } from "../print-table.js"
import { bundled } from "./bundled.js"

/** Both travel in the state of every widget, and are stored with every notebook that has one. */
const budget = { esm: 20_000, css: 6000 }

const names = readdirSync(fileURLToPath(new URL("../../widgets/", import.meta.url)), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "shared")
  .map(({ name }) => name)

test("every widget's module is under 20,000 bytes, its style under 6,000", async () => {
  const sizes = await Promise.all(
    names.map(async (name) => {
      const { esm, css } = await bundled(name)
      return { name, esm: Buffer.byteLength(esm), css: Buffer.byteLength(css) }
    }),
  )
  const total = (of: (typeof sizes)[number]) => of.esm + of.css
  const row = (cells: (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(20) : String(cell).padStart(10))).join("")
  printTable(
    "widgets",
    [
      row(["widget, bytes", "module", "style", "together"]),
      ...sizes.map((of) => row([of.name, of.esm, of.css, total(of)])),
    ].join("\n"),
  )
  expect(sizes.length).toBeGreaterThan(1)
  for (const { name, esm, css } of sizes) {
    expect(esm, name).toBeLessThan(budget.esm)
    expect(css, name).toBeLessThan(budget.css)
  }
})
