import { PrelabError } from "../error.js"
import { cellId, type Notebook, newCodeCell, tagsOf } from "./notebook.js"

const injected = "injected-parameters"

/**
 * The notebook with a cell that sets these parameters, after the one tagged `parameters` (papermill's place), or
 * first. A cell that an earlier run put there is replaced.
 */
export function withParameters(notebook: Notebook, parameters: ReadonlyMap<string, string>): Notebook {
  if (parameters.size === 0) return notebook
  const source = [...parameters].map(([name, value]) => declaration(name, value)).join("\n")
  const cell = newCodeCell(cellId(injected), source, { tags: [injected] })
  const cells = notebook.cells.filter((other) => !tagsOf(other).includes(injected))
  const after = cells.findIndex((other) => tagsOf(other).includes("parameters"))
  return { ...notebook, cells: [...cells.slice(0, after + 1), cell, ...cells.slice(after + 1)] }
}

/**
 * A value from the command line: JSON where it reads as JSON, else a string. It states its type: of the value alone,
 * the checker would call every comparison with another one a mistake.
 */
function declaration(name: string, value: string): string {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
    throw new PrelabError("parameter is not a name", name)
  const parsed = parse(value)
  const stated = ["string", "number", "boolean"].includes(typeof parsed) ? `: ${typeof parsed}` : ""
  return `const ${name}${stated} = ${typeof parsed === "string" ? JSON.stringify(parsed) : value}`
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value // a plain word, such as a path
  }
}

/** `-p NAME VALUE` as the one option `--parameter=NAME=VALUE`, which is what an option parser can take. */
export function joinParameters(args: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    if (args[i] !== "-p") joined.push(args[i]!)
    else {
      const [name, value] = [args[i + 1], args[i + 2]]
      if (name === undefined || value === undefined)
        throw new PrelabError("parameter needs name and value", name)
      joined.push(`--parameter=${name}=${value}`)
      i += 2
    }
  }
  return joined
}

/** The parameters of options `--parameter=NAME=VALUE`. */
export function parametersFrom(options: readonly string[]): Map<string, string> {
  return new Map(
    options.map((option) => {
      const at = option.indexOf("=")
      if (at < 1) throw new PrelabError("parameter needs name and value", option)
      return [option.slice(0, at), option.slice(at + 1)]
    }),
  )
}
