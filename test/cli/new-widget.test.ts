import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, test } from "vitest"

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-new-widget-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const run = (cwd: string, ...args: string[]) =>
  spawnSync(process.execPath, [cli, ...args], { cwd, encoding: "utf8" })

test("a new widget has front end, style, notebook and words, and its notebook runs without a build", () => {
  const { status, stdout } = run(folder, "new-widget", "click-counter", "--json")
  expect(status).toBe(0)
  expect(JSON.parse(stdout).files).toEqual(
    ["index.js", "style.css", "click-counter.ipynb", "README.md"].map((file) => join("click-counter", file)),
  )
  const place = join(folder, "click-counter")
  expect(readdirSync(place).sort()).toEqual(["README.md", "click-counter.ipynb", "index.js", "style.css"])
  for (const file of readdirSync(place))
    expect(readFileSync(join(place, file), "utf8")).not.toMatch(/\{(name|title|kind)\}/)
  expect(run(place, "run", "click-counter.ipynb")).toMatchObject({ status: 0 })
  const { cells, metadata } = JSON.parse(readFileSync(join(place, "click-counter.ipynb"), "utf8"))
  const outputs = cells.flatMap((cell: { outputs?: object[] }) => cell.outputs ?? [])
  expect(outputs).toHaveLength(3)
  const states = Object.values(metadata.widgets["application/vnd.jupyter.widget-state+json"].state)
  expect(states).toContainEqual(
    expect.objectContaining({
      model_name: "AnyModel",
      state: expect.objectContaining({ _esm: readFileSync(join(place, "index.js"), "utf8"), count: 3 }),
    }),
  )
})

test.each(["Counter", "../up", "a b", "-x"])("the name %s is refused", (name) => {
  const { status, stderr } = run(folder, "new-widget", "--", name)
  expect([status, stderr]).toEqual([
    2,
    `prelab: widget name not usable: ${name}; lower-case words with - between them\n`,
  ])
  expect(readdirSync(folder)).toEqual([])
})

test("what is there already stays", () => {
  writeFileSync(join(folder, "taken"), "mine")
  expect(run(folder, "new-widget", "taken")).toMatchObject({
    status: 2,
    stderr: "prelab: folder exists already: taken\n",
  })
  expect(readFileSync(join(folder, "taken"), "utf8")).toBe("mine")
})
