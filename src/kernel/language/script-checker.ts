import ts from "typescript"
import { BegunChecks } from "./begun-checks.js"
import type { Checker, Problem } from "./checker.js"
import type { ServiceHost } from "./service-host.js"

/** TypeScript 6 as the checker of cells: through its public language service. */
export class ScriptChecker implements Checker {
  readonly name = `TypeScript ${ts.version}`
  /** The names of all that were checked, which are few. */
  readonly #checked = new Set<string>()
  readonly #service: ts.LanguageService
  readonly #begun: BegunChecks
  /** The text that was checked last, where it is not the service's. */
  #last: ts.SourceFile | undefined

  constructor(readonly host: ServiceHost) {
    this.#service = host.serviceOf(this.#checked)
    this.#begun = new BegunChecks((specifier) => host.isCell(specifier))
  }

  check(name: string, text: string): Problem[] {
    const right = this.#checked.has(name) ? this.#findRight(name, text) : undefined
    this.#last = right
    if (right) return []
    this.#checked.add(name)
    const file = this.host.set(name, text)
    const syntactic = this.#service.getSyntacticDiagnostics(file)
    const found = syntactic.length > 0 ? syntactic : this.#service.getSemanticDiagnostics(file)
    return found.map((diagnostic) => problemOf(name, diagnostic))
  }

  /** The program in which problems were found. */
  protected get program(): ts.Program {
    return this.#service.getProgram()!
  }

  typesAt(name: string, positions: readonly number[]): string[] {
    return positions.map(
      (position) =>
        this.#typeAt(name, position, (type, checker, node) => checker.typeToString(type, node)) ?? "",
    )
  }

  wideLiteralsAt(name: string, position: number): number {
    const isWide = (type: Partial<ts.FreshableType>) => type.freshType === type
    const count = (type: ts.Type) => (type.isUnion() ? type.types : [type]).filter(isWide).length
    return this.#typeAt(name, position, count) ?? 0
  }

  #typeAt<T>(
    name: string,
    position: number,
    answer: (type: ts.Type, checker: ts.TypeChecker, node: ts.Node) => T,
  ): T | undefined {
    const { program } = this
    const checker = program.getTypeChecker()
    const file = this.#last ?? program.getSourceFile(this.host.fileOf(name))!
    const node = identifierAt(file, file, position)
    return node && answer(checker.getTypeAtLocation(node), checker, node)
  }

  /** Does, while nobody waits, what makes later checks and completions faster. */
  settle(): void {
    if (this.host.narrow(this.program)) this.#service.getProgram()
  }

  keep(name: string, text: string): void {
    this.host.set(name, text)
  }

  drop(name: string): void {
    this.host.drop(name)
  }

  refresh(): void {
    this.host.refresh()
  }

  configure(options: ts.CompilerOptions): void {
    this.host.configure(options)
  }

  close(): void {
    this.#service.dispose()
  }

  /** The text as a file of the program that there is, if it is known to be right by that. */
  #findRight(name: string, text: string): ts.SourceFile | undefined {
    const file = this.host.fileOf(name)
    if (this.host.extension !== ".ts" || this.host.textOf(name) === text) return undefined
    return this.#begun.rightFile(this.program, file, text)
  }
}

function problemOf(file: string, { start = 0, length = 1, code, messageText }: ts.Diagnostic): Problem {
  return {
    file,
    start,
    length,
    code,
    message: ts.flattenDiagnosticMessageText(messageText, "\n"),
  }
}

function identifierAt(node: ts.Node, file: ts.SourceFile, position: number): ts.Identifier | undefined {
  if (ts.isIdentifier(node) && node.getStart(file) === position) return node
  return ts.forEachChild(node, (child) =>
    child.pos <= position && position < child.end ? identifierAt(child, file, position) : undefined,
  )
}
