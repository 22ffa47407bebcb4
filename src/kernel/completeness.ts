import type ts from "typescript"
import type { Completeness } from "./cells.js"

type Typescript = typeof ts

/** Open comment, template literal, JSX: reported where they begin or end, cured by more text. */
const unterminated = new Set([1010, 1160, 17008, 17014])

/** A string that ends with its line: only a backslash lets it go on. */
const unterminatedString = 1002

/** A regular expression that ends with its line: no further line cures it. */
const unterminatedExpression = 1161

/** What a console does on Enter: run the cell, ask for more, or say that it cannot become right. */
export function completeness(code: string, ts: Typescript, fileName = "cell.ts"): Completeness {
  const problems = ts.transpileModule(code, {
    reportDiagnostics: true,
    fileName,
    compilerOptions: {
      jsx: ts.JsxEmit.ReactJSX,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      // In a module `await` is no name.
      moduleDetection: ts.ModuleDetectionKind.Force,
    },
  }).diagnostics
  const isOpen = /(^|[;{}\n])\s*(const|let|var|import|export)\s*$/.test(code)
  if (isOpen) return { status: "incomplete", indent: nextIndent(code) }
  if (!problems?.length) return { status: "complete" }
  const first = problems[0]!
  const isOpenString = first.code === unterminatedString
  if (isOpenString && !code.endsWith("\\") && !code.endsWith("\\\n")) return { status: "invalid" }
  if (first.code === unterminatedExpression) return { status: "invalid" }
  const end = code.trimEnd().length
  const startsAtEnd = (first.start ?? 0) >= end
  if (startsAtEnd || unterminated.has(first.code)) return { status: "incomplete", indent: nextIndent(code) }
  return { status: "invalid" }
}

/** The indent of the next line: that of the last one, and two more after an opening bracket. */
function nextIndent(code: string): string {
  const last = code.trimEnd().split("\n").at(-1) ?? ""
  const indent = /^\s*/.exec(last)![0]
  return /[{([]\s*$|=>\s*$/.test(last) ? `${indent}  ` : indent
}
