import type { CellText } from "./cell-texts.js"
import type { Problem } from "./checker.js"
import type { LiveName } from "./live-names.js"
import type { NameKind } from "./read-cell.js"

/** Something wrong in a cell, or in another file; lines and columns count from 1. */
export interface CellProblem {
  line: number
  column: number
  length: number
  code: number
  message: string
}

/**
 * Findings that are no mistakes of the cell: packages without types, variables without a type that get one when a later
 * cell assigns to them, and `import x = require("x")`, which is no ES module's and works in cells.
 */
const accepted: ReadonlySet<number> = new Set([7005, 7016, 7034, 1202])

/** What a file's first comments say to go without a check. In a cell the compiler does not see it, behind the first line. */
const uncheckedPattern = /^(\s|\/\/.*\n|\/\*([^*]|\*(?!\/))*\*\/)*?\/\/\s*@ts-nocheck\b/

/**
 * `import x = a.B` where B is a type, which a later cell gets like a value: only the checker knows which of them it is.
 */
const exportedType = 1205

/**
 * Findings of the checker with numbers like those of the parser: what is awaited, yielded and returned by async functions,
 * computed names of members, decorators' types, an empty `if`, a label, a condition of type void, `satisfies`.
 */
const ofTypes: ReadonlySet<number> = new Set([
  ...[1055, 1058, 1062, 1064, 1320, 1321, 1322],
  ...[1166, 1168, 1169, 1170],
  ...[1238, 1239, 1240, 1241, 1270, 1271, 1329],
  ...[1313, 1344, 1345, 1360],
])

/** An import finds no such name: the file that an earlier cell imported it from has been saved without it. */
const missing: ReadonlySet<number> = new Set([2305, 2614, 2724])

/** An import is assigned to. What earlier cells declared is mostly imported, but no import to the reader. */
const assignedImport = 2632

const assigned: Readonly<Partial<Record<NameKind, [code: number, what: string]>>> = {
  const: [2588, "a constant"],
  enum: [2628, "an enum"],
  class: [2629, "a class"],
  function: [2630, "a function"],
  namespace: [2631, "a namespace"],
}

/**
 * What is wrong with a cell, as places in its own text. What stands before and behind it is the kernel's, and of no
 * interest, but for names of earlier cells that are no more.
 */
export function cellProblems(
  found: readonly Problem[],
  { text, offset }: CellText,
  code: string,
  used: readonly LiveName[] = [],
): CellProblem[] {
  const own = found
    .filter((problem) => !accepted.has(problem.code))
    .map((problem) => (problem.start < offset ? atUse(problem, { text, offset }, code, used) : problem))
    .map((problem) => (problem.code === assignedImport ? asDeclared(problem, text, used) : problem))
  const problems = own.flatMap((problem) => {
    const start = problem.start - offset
    const outside = start < 0 || start > code.length
    // An open bracket is noticed where the text ends, which is behind the cell.
    if (outside && (!isSyntax(problem) || problem.code === exportedType)) return []
    return [placed(problem, Math.min(Math.max(start, 0), code.length), code)]
  })
  // The compiler reads on in what stands behind the cell: of all that is noticed at its end the last is what is missing.
  const syntax = problems.filter(isSyntax)
  const last = syntax.filter(
    (problem, i) => !syntax.slice(i + 1).some((later) => isSamePlace(later, problem)),
  )
  // What is concluded from a text that is no TypeScript yet helps nobody.
  return syntax.length > 0 || uncheckedPattern.test(code) ? last : problems
}

/** What is missed of an earlier cell's imports, at the place where this cell uses it. */
function atUse(
  problem: Problem,
  { text, offset }: CellText,
  code: string,
  used: readonly LiveName[],
): Problem {
  if (!missing.has(problem.code)) return problem
  const wanted = text.slice(problem.start, problem.start + problem.length)
  const live = used.find((each) => each.from === "import" && each.imported === wanted)
  if (!live) return problem
  const name = live.name.replaceAll("$", "\\$")
  const place = new RegExp(`(?<![.\\w$])${name}(?![\\w$])`).exec(code)
  return place ? { ...problem, start: offset + place.index, length: live.name.length } : problem
}

function asDeclared(problem: Problem, text: string, used: readonly LiveName[]): Problem {
  const name = text.slice(problem.start, problem.start + problem.length)
  const live = used.find((each) => each.from === "cell" && each.name === name)
  const said = live?.from === "cell" ? assigned[live.kind] : undefined
  if (!said) return problem
  const [code, what] = said
  return { ...problem, code, message: `Cannot assign to '${name}' because it is ${what}.` }
}

function isSyntax({ code }: { code: number }): boolean {
  return code < 2000 && !ofTypes.has(code)
}

function isSamePlace(a: CellProblem, b: CellProblem): boolean {
  return a.line === b.line && a.column === b.column
}

function placed({ length, code, message }: Problem, start: number, text: string): CellProblem {
  const before = text.slice(0, start).split("\n")
  const lineEnd = text.indexOf("\n", start)
  const onLine = Math.min(length, (lineEnd < 0 ? text.length : lineEnd) - start)
  return {
    line: before.length,
    column: before.at(-1)!.length + 1,
    length: Math.max(1, onLine),
    code,
    message,
  }
}
