import { expect, test } from "vitest"
import { type Notebook, newCodeCell } from "../../src/lab/notebook.js"
import { joinParameters, parametersFrom, withParameters } from "../../src/lab/parameters.js"

function notebook(...cells: [source: string, tag?: string][]): Notebook {
  return {
    cells: cells.map(([source, tag], i) => newCodeCell(`c${i}`, source, tag ? { tags: [tag] } : {})),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  }
}

function sources({ cells }: Notebook): string[] {
  return cells.map((cell) => cell.source)
}

test("parameters follow the cell tagged so, as JSON or as strings", () => {
  const given = notebook(["import x"], ["const rate = 1", "parameters"], ["rate"])
  const parameters = new Map([
    ["rate", "0.5"],
    ["file", "out/det1"],
    ["sizes", "[1, 2]"],
  ])
  expect(sources(withParameters(given, parameters))).toEqual([
    "import x",
    "const rate = 1",
    'const rate: number = 0.5\nconst file: string = "out/det1"\nconst sizes = [1, 2]',
    "rate",
  ])
})

test("without a tagged cell they come first", () => {
  expect(sources(withParameters(notebook(["rate"]), new Map([["rate", "2"]])))).toEqual([
    "const rate: number = 2",
    "rate",
  ])
})

test("a second run replaces what the first one put in", () => {
  const once = withParameters(notebook(["const a = 1", "parameters"]), new Map([["a", "2"]]))
  expect(sources(withParameters(once, new Map([["a", "3"]])))).toEqual(["const a = 1", "const a: number = 3"])
})

test("without parameters the notebook stays as it is", () => {
  const given = notebook(["1"])
  expect(withParameters(given, new Map())).toBe(given)
})

test("a parameter that is no name is refused", () => {
  expect(() => withParameters(notebook(), new Map([["a b", "1"]]))).toThrow("parameter is not a name: a b")
})

test("-p takes a name and a value, whatever the value looks like", () => {
  const args = joinParameters(["-p", "rate", "-0.5", "a.ipynb", "-p", "text", "x=y", "-o", "out.ipynb"])
  expect(args).toEqual(["--parameter=rate=-0.5", "a.ipynb", "--parameter=text=x=y", "-o", "out.ipynb"])
  expect([...parametersFrom(["rate=-0.5", "text=x=y"])]).toEqual([
    ["rate", "-0.5"],
    ["text", "x=y"],
  ])
  expect(() => joinParameters(["-p", "rate"])).toThrow("parameter needs name and value")
})
