import ts from "typescript"
import { platformTransforms } from "./platform-transforms.js"
import { sharedDeclarations } from "./shared-declarations.js"
import {
  importsThroughKernel,
  requiresLoaded,
  stoppableLoops,
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
}

export interface CompileOptions {
  fileName: string
  /** What the reader's tsconfig says of JSX and decorators. */
  options?: ts.CompilerOptions
  /** The text of a cell: its exports are variables of all cells. */
  isCell?: boolean
  /** Functions and classes of a cell that later cells may declare anew. */
  shared?: ReadonlySet<string>
}

/** Compiles a text without looking at its types. A file in CommonJS stays what it is. */
export function compile(
  text: string,
  { fileName, options = {}, isCell = false, shared = new Set() }: CompileOptions,
): Compiled {
  let awaits = false
  const after = [
    requiresLoaded,
    stoppableLoops,
    yieldsForAwaits(() => {
      awaits = true
    }),
    ...platformTransforms,
  ]
  if (isCell) after.push(withoutModuleMark, sharedDeclarations(shared))
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    // Of a .mts file the compiler would make an ES module, whatever it is told.
    fileName: fileName.replace(/\.[mc]([jt])s$/, ".$1s"),
    compilerOptions: {
      ...emitOptions,
      ...(isCell ? { moduleDetection: ts.ModuleDetectionKind.Force } : {}),
      ...options,
    },
    transformers: { before: [importsThroughKernel], after },
  })
  return { js: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ""), map: sourceMapText!, awaits }
}

const emitOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  sourceMap: true,
  inlineSources: false,
  // What is imported is a module's namespace already; the kernel sees to `default`.
  esModuleInterop: false,
  isolatedModules: true,
  allowJs: true,
  // A helper that a text needs stands in it.
  importHelpers: false,
  removeComments: false,
}
