import ts from "typescript"
import { bindFile } from "./bind-file.js"
import { loneProgram } from "./lone-program.js"
import { widensModules } from "./widens-modules.js"

/** A type checker keeps all texts that it has seen: after so many it is given up. */
const mostTexts = 50

/** Says which findings count, which is not asked of the type checker itself. */
const directive = /@ts-(?:ignore|expect-error|nocheck)/

type BegunChecker = ts.TypeChecker & { getDiagnostics?: (file: ts.SourceFile) => readonly ts.Diagnostic[] }

/**
 * Checks one text after the other with the type checker of one program, as if all of them were files of it. A program
 * for each text would begin with a type checker that knows nothing: to find out anew what the libraries declare takes
 * longer than most cells. This only says that a text is right; to say what is wrong with one needs a program of its own.
 */
export class BegunChecks {
  #program: ts.Program | undefined
  #count = 0
  /** What only the file in the program imports: it may declare things for all modules. */
  #imported: readonly string[] = []

  /** @param isCell whether a specifier leads to what later cells see anyway */
  constructor(readonly isCell: (specifier: string) => boolean) {}

  /**
   * The text as a file of the program, in place of the one of this name.
   *
   * @returns undefined where something is wrong with it, or where it cannot be told this way
   */
  rightFile(program: ts.Program, name: string, text: string): ts.SourceFile | undefined {
    const known = program.getSourceFile(name)
    if (!known || isSeenByOthers(known)) return undefined
    if (this.#program !== program) this.#begin(program, known)
    if (++this.#count > mostTexts || directive.test(text) || !this.#importsAsMuch(text)) return undefined
    const file = programFile(name, text, program.getCompilerOptions())
    if (isSeenByOthers(file) || program.getSyntacticDiagnostics(file).length > 0) return undefined
    return findings(file, program)?.length === 0 ? file : undefined
  }

  #begin(program: ts.Program, known: ts.SourceFile): void {
    this.#program = program
    this.#count = 0
    this.#imported = importsOf(known.text).filter((specifier) => !this.isCell(specifier))
  }

  #importsAsMuch(text: string): boolean {
    if (this.#imported.length === 0) return true
    const own = new Set(importsOf(text))
    return this.#imported.every((specifier) => own.has(specifier))
  }
}

/** The text as a file that says where it belongs and what it imports, as those of a program do. */
function programFile(name: string, text: string, options: ts.CompilerOptions): ts.SourceFile {
  const file = ts.createSourceFile(name, text, options.target ?? ts.ScriptTarget.ES2022)
  loneProgram(name, options, () => file)
  return file
}

/** What binder and type checker find; undefined where this TypeScript has another inside. */
function findings(file: ts.SourceFile, program: ts.Program): readonly ts.Diagnostic[] | undefined {
  const checker: BegunChecker = program.getTypeChecker()
  if (!checker.getDiagnostics) return undefined
  bindFile(file, program.getCompilerOptions())
  const { bindDiagnostics } = file as { bindDiagnostics?: readonly ts.Diagnostic[] }
  return bindDiagnostics && [...bindDiagnostics, ...checker.getDiagnostics(file)]
}

function importsOf(text: string): string[] {
  return ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName)
}

/** Whether other modules would have to know of it: a type checker asks all files for that when it begins. */
function isSeenByOthers(file: ts.SourceFile): boolean {
  const { referencedFiles, typeReferenceDirectives, libReferenceDirectives } = file
  const references = [referencedFiles, typeReferenceDirectives, libReferenceDirectives]
  return references.some(({ length }) => length > 0) || !ts.isExternalModule(file) || widensModules(file)
}
