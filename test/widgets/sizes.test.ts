import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { printTable } from "../print-table.js"
import { bundled } from "./bundled.js"

/** A module travels in the state of every widget, and is stored with every notebook that has one. */
const budget = 20_000

const names = readdirSync(fileURLToPath(new URL("../../widgets/", import.meta.url)), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "shared")
  .map(({ name }) => name)

test("every widget's module and style are under 20,000 bytes together", async () => {
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
  for (const of of sizes) expect(total(of), of.name).toBeLessThan(budget)
})
