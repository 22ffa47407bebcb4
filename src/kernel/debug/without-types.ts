import { Script } from "node:vm"

/** What the last expressions in TypeScript have become: a condition is asked for at every hit. */
const kept = new Map<string, string>()
const mostKept = 100

/**
 * A reader's expression as V8 reads it, `(row as Row).name` without its types, or statements, as a debug console takes
 * them. What is JavaScript, and what is neither, stays what it is.
 */
export async function withoutTypes(expression: string): Promise<string> {
  if (isJavaScript(expression)) return expression
  const known = kept.get(expression)
  if (known !== undefined) return known
  // TypeScript is large, and most readers ask for plain names.
  const { default: ts } = await import("typescript")
  const made = erased(`(${expression}\n)`, ts) ?? erased(expression, ts) ?? expression
  if (kept.size >= mostKept) kept.clear()
  kept.set(expression, made)
  return made
}

/** The text without its types; undefined where it is no TypeScript. */
function erased(text: string, ts: typeof import("typescript")): string | undefined {
  const { ScriptTarget, ModuleKind } = ts
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    compilerOptions: { target: ScriptTarget.ESNext, module: ModuleKind.ESNext, removeComments: true },
    reportDiagnostics: true,
  })
  const written = outputText
    .replace(/^"use strict";/, "")
    .trim()
    .replace(/;$/, "")
  return diagnostics.length > 0 ? undefined : written
}

function isJavaScript(expression: string): boolean {
  try {
    new Script(expression)
    return true
  } catch {
    return false
  }
}
