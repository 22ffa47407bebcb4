import type ts from "typescript"

type Typescript = typeof ts

/** The names that guarded code calls; the executor's scope provides them as globals. */
export const guardGlobal = "__prelab_stop__"

/**
 * Puts a check at the head of every loop body, so that a loop can be stopped wherever it runs: in a timer, after
 * an await, in a function that a library calls. One load from shared memory per turn, which costs nothing
 * measurable. No line breaks are added, so that line numbers stay.
 */
export function guardLoops(js: string, ts: Typescript): string {
  if (!/\b(for|while|do)\b/.test(js)) return js
  const file = ts.createSourceFile("cell.js", js, ts.ScriptTarget.ES2022, false, ts.ScriptKind.JS)
  const edits: { at: number; text: string }[] = []
  const check = "if (__stopFlag[0] !== 0) __checkStop(); "
  const visit = (node: ts.Node): void => {
    if (ts.isIterationStatement(node, false)) {
      const body = node.statement
      if (ts.isBlock(body)) edits.push({ at: body.getStart(file) + 1, text: ` ${check}` })
      else edits.push({ at: body.getStart(file), text: `{ ${check}` }, { at: body.end, text: " }" })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  if (edits.length === 0) return js
  // Where two edits meet, an inner loop's must stay inside: later ones in the walk close first.
  const order = edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => a.at - b.at || a.i - b.i)
  let out = `const { flag: __stopFlag, check: __checkStop } = globalThis.${guardGlobal}; `
  let done = 0
  for (const { at, text } of order) {
    out += js.slice(done, at) + text
    done = at
  }
  return out + js.slice(done)
}
