import { type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads"
import type { CellAnswer, CompiledFile } from "../language/language.js"
import type { FromLanguage, LanguageRequest } from "../language/language-messages.js"
import type { ImportRequest } from "../language/local-modules.js"
import { Questions } from "../questions.js"

/** How long one synchronous question may take before it counts as lost. */
const patienceMs = 60_000

/**
 * The language thread as the thread with the cells sees it. Cells are compiled in the background; files that a
 * running `require` needs are compiled while it waits.
 */
export class LanguageClient {
  readonly #questions = new Questions()

  /** @param answered shared memory of one Int32, counted up when a synchronous answer is there */
  constructor(
    readonly port: Worker,
    readonly syncPort: MessagePort,
    readonly answered: Int32Array,
  ) {
    port.on("message", (message: FromLanguage) => this.#receive(message))
  }

  compileCell(code: string, label: string, keep: boolean): Promise<CellAnswer> {
    return this.#ask({ type: "cell", code, label, keep })
  }

  compileFile(file: string): CompiledFile {
    return this.#askNow({ type: "file", file })
  }

  /** Where an import of a cell, or of a file, leads. */
  locate(specifier: string, from: string | undefined): ImportRequest {
    return this.#askNow({ type: "locate", specifier, from })
  }

  tell(request: LanguageRequest): void {
    this.port.postMessage({ id: 0, request })
  }

  #ask<T>(request: LanguageRequest): Promise<T> {
    return this.#questions.ask<T>((id) => this.port.postMessage({ id, request }))
  }

  #askNow<T>(request: LanguageRequest): T {
    const before = Atomics.load(this.answered, 0)
    this.syncPort.postMessage({ id: 0, request })
    if (Atomics.wait(this.answered, 0, before, patienceMs) === "timed-out")
      throw new Error("language thread does not answer")
    const received = receiveMessageOnPort(this.syncPort)?.message as FromLanguage
    if (received.error !== undefined) throw new Error(received.error)
    return received.answer as T
  }

  #receive({ id, answer, error }: FromLanguage): void {
    if (error === undefined) this.#questions.answer(id, answer)
    else this.#questions.refuse(id, new Error(error))
  }
}
