import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { useLite } from "./lite-site.js"

const folder = fileURLToPath(new URL("../../notebooks", import.meta.url))

interface Notebook {
  cells: { cell_type: string; source: string[] }[]
}

/** The code of each notebook's cells; those that train only have to begin. */
const notebooks = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => {
      const { cells } = JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Notebook
      const code = cells
        .filter(({ cell_type }) => cell_type === "code")
        .map(({ source }) => source.join("").replace(/(const iterations: number = )\d+/, "$120"))
      return [name, Object.fromEntries(code.entries())]
    }),
)

const data = Object.fromEntries(
  readdirSync(`${folder}/data`, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [relative(folder, path), readFileSync(path)]),
)

const used = useLite({ files: data, notebooks })

test.each(Object.keys(notebooks))("%s runs in a page from its first cell to its last", async (name) => {
  used.explainFailure(name)
  const sources = notebooks[name]!
  const notebook = await used.open(name, sources)
  for (const cell of Object.keys(sources)) {
    await notebook.run(cell)
    const errors = notebook.cell(cell).locator('[data-mime-type="application/vnd.jupyter.error"]')
    expect(await errors.allInnerTexts(), sources[cell]).toEqual([])
  }
  expect(used.watched.foreign).toEqual([])
})
