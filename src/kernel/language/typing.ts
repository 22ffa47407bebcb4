import type ts from "typescript"
import type { Completion, Inspection } from "../cells.js"
import { explainedModule, typedModule } from "./cell-modules.js"
import { type CellText, checkText } from "./cell-texts.js"
import { complete, openSpecifier } from "./complete.js"
import { completeNames } from "./complete-names.js"
import { completeNative } from "./complete-native.js"
import type { EarlierCells } from "./earlier-cells.js"
import { explainName, inspectAt, inspectionOf } from "./inspect.js"
import { inspectNative } from "./inspect-native.js"
import type { NativeChecker } from "./native-checker.js"
import type { CellSyntax } from "./read-cell.js"
import type { ServiceHost } from "./service-host.js"

export interface TypingOptions {
  host: ServiceHost
  earlier: EarlierCells
  read: (code: string) => CellSyntax
  /** What TypeScript 7 says; undefined where it is not there, or cannot say it. */
  native: <T>(question: (native: NativeChecker) => T) => T | undefined
}

/** What the reader types, completed and explained: by TypeScript 7 where it can, else by the service of TypeScript 6. */
export class Typing {
  readonly #options: TypingOptions
  readonly #service: ts.LanguageService
  /** Whether the service has read the libraries. */
  #isWarm = false

  constructor(options: TypingOptions) {
    this.#options = options
    this.#service = options.host.serviceOf(new Set([typedModule, explainedModule]))
  }

  complete(code: string, cursor: number): Completion {
    const { earlier, host, native } = this.#options
    const { cell, text: typed } = this.#typedText(code, cursor)
    const quick = native((checker) =>
      completeNative(checker, typed.text, typed.offset, code, cursor, host.cellFile),
    )
    if (quick) return quick
    const live = earlier.names.all()
    const isName = openSpecifier(code, cursor) === undefined
    if (isName && !this.#isWarm && native(() => true)) return completeNames(code, cursor, cell, live)
    const { text, offset, file } = this.#open(code)
    const explain = (names: readonly string[]) => {
      const { file: other, offset: start } = this.#open(names.join(";\n"), explainedModule)
      const before = (i: number) => names.slice(0, i).reduce((sum, name) => sum + name.length + 2, 0)
      return names.map((_, i) => explainName(this.#service, other, start + before(i)))
    }
    return complete({ service: this.#service, file, code, cursor, text, offset, live, explain })
  }

  inspect(code: string, cursor: number, withSource: boolean): Inspection | undefined {
    const { earlier, native } = this.#options
    const source = withSource ? earlier.sources.at(code, cursor) : undefined
    const { text: typed } = this.#typedText(code, cursor)
    const quick = native((checker) => inspectNative(checker, typed.text, typed.offset, code, cursor))
    if (quick) return inspectionOf(quick, source)
    const { offset, file } = this.#open(code)
    const found = inspectAt(this.#service, file, code, cursor, offset)
    return found && inspectionOf(found, source)
  }

  /** Brings the service up to date, so that the next Tab need not wait for it. */
  warmUp(): void {
    this.#isWarm = true
    const { file, offset } = this.#open("0")
    this.#service.getQuickInfoAtPosition(file, offset)
  }

  close(): void {
    this.#service.dispose()
  }

  /** The text in which the native checker looks at the cursor: mostly the one that the cell will be checked in. */
  #typedText(code: string, cursor: number): { cell: CellSyntax; text: CellText } {
    const { earlier, read } = this.#options
    const cell = read(code)
    const used = earlier.names.usedBy(cell)
    const isInImport = cell.imports.some(({ from, to }) => from <= cursor && cursor <= to)
    const quick = isInImport ? undefined : earlier.quickText(code, cell, used)
    return { cell, text: quick ?? earlier.checkText(code, cell, used) }
  }

  /**
   * The text as a module like the next cell's, without checking it. The hub is not in its program: all modules of it
   * would be searched for another name of whatever is explained.
   */
  #open(code: string, module = typedModule): CellText & { file: string } {
    const { earlier, host, read } = this.#options
    const cell = read(code)
    const text = checkText(code, cell, earlier.names.usedBy(cell), earlier.language, false)
    return { ...text, file: host.set(module, text.text) }
  }
}
