import ts from "typescript"
import { countedMembers } from "./counted-members.js"
import { emitterFor } from "./emitter.js"
import { assignedVars } from "./hoisted-vars.js"
import { namedFunctions } from "./named-functions.js"
import { languageTarget } from "./platform.js"
import { platformTransforms } from "./platform-transforms.js"
import { renamedExports } from "./renamed-exports.js"
import { sharedDeclarations } from "./shared-declarations.js"
import { stoppableCalls, stoppableLoops } from "./stop-checks.js"
import {
  bareCallees,
  importsThroughKernel,
  requiredImports,
  requiresLoaded,
  withoutModuleMark,
  yieldsForAwaits,
} from "./transforms.js"

/** JavaScript that the executor can run, see RuntimeName for what it calls. */
export interface Compiled {
  js: string
  /** Source map, version 3, from `js` to the text that was compiled. */
  map: string
  /** Whether `js` is the body of a generator, which yields what it awaits. */
  awaits: boolean
  /** The module of functions that JSX has become calls of: imported by the compiler. */
  jsxRuntime: string | undefined
}

const jsxRuntimePattern = /= __import\("([^"\n]+\/jsx-(?:dev-)?runtime)"\)/

/** Where a text is no TypeScript; the compiler makes something of it all the same. Line and column count from 1. */
export interface SyntaxProblem {
  message: string
  line: number
  column: number
}

export interface CompileOptions {
  fileName: string
  /** What the reader's tsconfig says of JSX and decorators. */
  options?: ts.CompilerOptions
  /** The text of a cell: its exports are variables of all cells. */
  isCell?: boolean
  /** Functions and classes of a cell that later cells may declare anew. */
  shared?: ReadonlySet<string>
  /** All names of a cell that are variables of all cells. */
  variables?: ReadonlySet<string>
}

/** Compiles a text without looking at its types. A file in CommonJS stays what it is. */
export function compile(
  text: string,
  { fileName, options = {}, isCell = false, shared = new Set(), variables = new Set() }: CompileOptions,
): Compiled & { problem: SyntaxProblem | undefined } {
  let awaits = false
  const after = [
    requiresLoaded,
    // Before the loops get calls of their own.
    stoppableCalls,
    stoppableLoops,
    yieldsForAwaits(() => {
      awaits = true
    }),
    ...platformTransforms,
  ]
  if (isCell) after.push(withoutModuleMark, sharedDeclarations(shared))
  const emitter = emitterFor({
    ...emitOptions,
    ...(isCell ? { moduleDetection: ts.ModuleDetectionKind.Force } : {}),
    ...options,
  })
  // Of a .mts file the compiler would make an ES module, whatever it is told.
  const emitted = emitter.emit(fileName.replace(/\.[mc]([jt])s$/, ".$1s"), text, {
    before: [
      renamedExports,
      ...(isCell ? [assignedVars, namedFunctions(variables)] : []),
      importsThroughKernel,
      requiredImports,
      bareCallees,
      countedMembers,
    ],
    after,
  })
  const js = emitted.js.replace(/\/\/# sourceMappingURL=.*\s*$/, "")
  const jsxRuntime = jsxRuntimePattern.exec(js)?.[1]
  const [problem] = emitted.problems
  return { js, map: emitted.map, awaits, jsxRuntime, problem: problem && syntaxProblem(problem) }
}

function syntaxProblem({ file, start, messageText }: ts.DiagnosticWithLocation): SyntaxProblem {
  const message = ts.flattenDiagnosticMessageText(messageText, " ")
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  return { message, line: line + 1, column: character + 1 }
}

const emitOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget[languageTarget()],
  module: ts.ModuleKind.CommonJS,
  sourceMap: true,
  inlineSources: false,
  // What is imported is a module's namespace already; the kernel sees to `default`.
  esModuleInterop: false,
  allowJs: true,
  // Of `export const [first] = new Set([1])` the compiler would make a property 0 of the set.
  downlevelIteration: true,
  // A helper that a text needs stands in it.
  importHelpers: false,
  removeComments: false,
}
