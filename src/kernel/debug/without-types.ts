import { Script } from "node:vm"

/** What the last expressions in TypeScript have become: a condition is asked for at every hit. */
const kept = new Map<string, string>()
const mostKept = 100

/**
 * A reader's expression as V8 reads it: `(row as Row).name` without its types. What is JavaScript, and what is neither,
 * stays what it is.
 */
export async function withoutTypes(expression: string): Promise<string> {
  if (isJavaScript(expression)) return expression
  const known = kept.get(expression)
  if (known !== undefined) return known
  // TypeScript is large, and most readers ask for plain names.
  const { default: ts } = await import("typescript")
  const { ScriptTarget, ModuleKind } = ts
  const { outputText, diagnostics = [] } = ts.transpileModule(`(${expression}\n)`, {
    compilerOptions: { target: ScriptTarget.ESNext, module: ModuleKind.ESNext, removeComments: true },
    reportDiagnostics: true,
  })
  const written = outputText
    .replace(/^"use strict";/, "")
    .trim()
    .replace(/;$/, "")
  const made = diagnostics.length > 0 ? expression : written
  if (kept.size >= mostKept) kept.clear()
  kept.set(expression, made)
  return made
}

function isJavaScript(expression: string): boolean {
  try {
    new Script(expression)
    return true
  } catch {
    return false
  }
}
