import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { isCode, readNotebook, writeNotebook } from "../../src/lab/notebook.js"

const folder = mkdtempSync(join(tmpdir(), "prelab-notebook-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function written(text: string): string {
  const file = join(folder, "notebook.ipynb")
  writeFileSync(file, text)
  return file
}

const asJupyterWritesIt = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "one",
   "metadata": {},
   "source": [
    "# Title\\n",
    "text"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "id": "two",
   "metadata": {
    "tags": [
     "parameters"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "a\\n",
      "b\\n"
     ]
    },
    {
     "data": {
      "application/vnd.plotly.v1+json": {
       "data": [],
       "layout": {}
      },
      "image/png": "iVBORw0KGgo=\\n",
      "text/plain": [
       "a figure"
      ]
     },
     "metadata": {},
     "output_type": "display_data"
    }
   ],
   "source": []
  }
 ],
 "metadata": {
  "kernelspec": {
   "display_name": "TypeScript (prelab)",
   "language": "typescript",
   "name": "prelab"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`

test("a notebook that Jupyter wrote is written back byte for byte", async () => {
  const file = written(asJupyterWritesIt)
  await writeNotebook(file, await readNotebook(file))
  expect(readFileSync(file, "utf8")).toBe(asJupyterWritesIt)
})

test("an older notebook becomes 4.5, with the same cell ids each time it is read", async () => {
  const cells = [1, 2].map(() => ({ cell_type: "code", metadata: {}, source: "1 + 1", outputs: [] }))
  const file = written(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 2 }))
  const [first, second] = [await readNotebook(file), await readNotebook(file)]
  expect(first.nbformat_minor).toBe(5)
  expect(first).toEqual(second)
  expect(new Set(first.cells.map((cell) => cell.id)).size).toBe(2)
  expect(first.cells.every(isCode)).toBe(true)
})

test.each([
  ["{", "notebook is not JSON"],
  ["[]", "file is not a notebook"],
  ['{"cells": [], "nbformat": 3}', "notebook format is not 4: 3"],
])("%s is refused in words", async (text, message) => {
  await expect(readNotebook(written(text))).rejects.toThrow(message)
})

test("a missing notebook is refused in words", async () => {
  await expect(readNotebook(join(folder, "none.ipynb"))).rejects.toThrow("notebook not readable")
})
