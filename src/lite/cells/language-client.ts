import type { CellAnswer, CompiledFile } from "../../kernel/language/language.js"
import type { FromLanguage, LanguageRequest } from "../../kernel/language/language-messages.js"
import type { ImportRequest } from "../../kernel/language/local-modules.js"
import { Questions } from "../../kernel/questions.js"

/** The language worker as the worker with the cells sees it. Nothing here waits without giving up the thread. */
export class LanguageClient {
  readonly #questions = new Questions()

  constructor(readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<FromLanguage>) => this.#receive(data)
  }

  compileCell(code: string, label: string, keep: boolean): Promise<CellAnswer> {
    return this.#ask({ type: "cell", code, label, keep })
  }

  compileFile(file: string): Promise<CompiledFile> {
    return this.#ask({ type: "file", file })
  }

  /** Where an import of a cell, or of a file, leads. */
  locate(specifier: string, from: string | undefined): Promise<ImportRequest> {
    return this.#ask({ type: "locate", specifier, from })
  }

  tell(request: LanguageRequest): void {
    this.port.postMessage({ id: 0, request })
  }

  #ask<Answer>(request: LanguageRequest): Promise<Answer> {
    return this.#questions.ask<Answer>((id) => this.port.postMessage({ id, request }))
  }

  #receive({ id, answer, error }: FromLanguage): void {
    if (error === undefined) this.#questions.answer(id, answer)
    else this.#questions.refuse(id, new Error(error))
  }
}
