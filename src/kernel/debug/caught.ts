import type { Debugger } from "node:inspector"
import type ts from "typescript"
import type { MainThread } from "./main-thread.js"
import type { Scripts } from "./scripts.js"

type Location = Pick<Debugger.Location, "scriptId" | "lineNumber" | "columnNumber">

/**
 * Whether somebody catches what a cell throws. V8 knows that too, but to it every error of a cell is caught: by the
 * kernel, which shows it. So the scripts themselves are looked at, from the place of the throw down to the kernel:
 * a frame catches what is thrown inside the block of its `try`.
 */
export class CatchFinder {
  readonly #files = new Map<string, ts.SourceFile>()

  constructor(
    readonly main: MainThread,
    readonly scripts: Scripts,
  ) {}

  async isCaught(frames: readonly Location[]): Promise<boolean> {
    // TypeScript is large, and needed only by those who ask for uncaught exceptions.
    const { default: typescript } = await import("typescript")
    for (const { scriptId, lineNumber, columnNumber = 0 } of frames) {
      const file = await this.#file(typescript, scriptId)
      const start = file.getLineStarts()[lineNumber - (this.scripts.get(scriptId)?.startLine ?? 0)]
      if (start !== undefined && catchesAt(typescript, file, start + columnNumber)) return true
    }
    return false
  }

  forget(): void {
    this.#files.clear()
  }

  async #file(typescript: typeof ts, scriptId: string): Promise<ts.SourceFile> {
    const known = this.#files.get(scriptId)
    if (known) return known
    const { scriptSource } = await this.main.session.post("Debugger.getScriptSource", { scriptId })
    const { ScriptTarget, ScriptKind } = typescript
    const file = typescript.createSourceFile(
      "script.js",
      scriptSource,
      ScriptTarget.Latest,
      false,
      ScriptKind.JS,
    )
    this.#files.set(scriptId, file)
    return file
  }
}

/** Whether the innermost function around a place has a `try` with a `catch` around it. */
function catchesAt(typescript: typeof ts, file: ts.SourceFile, offset: number): boolean {
  let caught = false
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset >= node.end) return
    if (typescript.isFunctionLike(node) || typescript.isClassStaticBlockDeclaration(node)) caught = false
    if (typescript.isTryStatement(node) && node.catchClause && contains(node.tryBlock, offset)) caught = true
    typescript.forEachChild(node, visit)
  }
  visit(file)
  return caught
}

function contains({ pos, end }: ts.Node, offset: number): boolean {
  return pos <= offset && offset < end
}
