import type { FromCells, ToCells } from "../bridge.js"
import { log } from "../log.js"
import { errorReply } from "../messages.js"
import { answerTyping } from "./answer.js"
import { type CellLanguageName, cellLanguage } from "./cell-language.js"
import { Language } from "./language.js"
import type { FromLanguage, LanguageRequest, ToLanguage } from "./language-messages.js"

/**
 * The service that completes any name takes a second and a hundred megabytes to read the libraries. It does so once
 * the reader types for the first time, and from then on sees every new cell as soon as nothing else is to do.
 */
const typingMs = { first: 20, afterCell: 300 }

/**
 * What a cell leaves to do is done after so long without another one: earlier it would take a processor from the cell,
 * which runs meanwhile, and from the next one, which does what is left together with its own.
 */
const soonMs = 5

/** After so long without a cell the reader thinks: a whole notebook that runs has none of these pauses. */
const pauseMs = 50

/** What a language thread does, whatever carries its messages. */
export class LanguageThread {
  #language: Language | undefined
  /** Front ends may ask before the cells' modules are known. */
  #early: (() => void)[] = []
  #typed = false
  #pause: ReturnType<typeof setTimeout> | undefined
  #idle: ReturnType<typeof setTimeout> | undefined

  /** @param collect takes away what cells leave behind, while nobody waits */
  constructor(
    readonly collect: () => void = () => {},
    readonly name: CellLanguageName = cellLanguage(),
  ) {}

  /** The language, once it is open. */
  get language(): Language | undefined {
    return this.#language
  }

  /** Calls `work` as soon as the language is open. */
  whenOpen(work: () => void): void {
    if (this.#language) work()
    else this.#early.push(work)
  }

  /** The answer to the thread with the cells. */
  reply({ id, request }: ToLanguage): FromLanguage {
    if (request.type === "cell") clearTimeout(this.#pause)
    try {
      return { id, answer: this.#answer(request) }
    } catch (error) {
      return { id, error: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Does what a request has left to do, once it is answered. */
  followUp({ request }: ToLanguage): void {
    if (request.type === "open") for (const work of this.#early.splice(0)) work()
    if (request.type !== "cell") return
    this.#language?.release()
    this.collect()
    this.#pause = setTimeout(() => this.#settle(), soonMs)
    if (this.#typed) this.#catchUp(typingMs.afterCell)
  }

  /** The reply to a front end's question about what the reader types. */
  replyToTyping({ id, msgType, content }: ToCells & { type: "ask" }): FromCells & { type: "reply" } {
    if (!this.#typed) this.#catchUp(typingMs.first)
    this.#typed = true
    try {
      return { type: "reply", id, content: answerTyping(this.#opened(), msgType, content) }
    } catch (error) {
      log(`${msgType} failed: ${error instanceof Error ? error.stack : error}`)
      const { name, message } = error as Error
      return {
        type: "reply",
        id,
        content: { ...errorReply({ ename: name, evalue: message, traceback: [] }) },
      }
    }
  }

  #settle(): void {
    this.#language?.settle()
    this.#pause = setTimeout(() => this.#language?.learn(), pauseMs - soonMs)
  }

  #answer(request: LanguageRequest): unknown {
    switch (request.type) {
      case "open":
        this.#language = new Language(request.folder, request.provided, log, this.name)
        this.#language.warmUp()
        return undefined
      case "cell":
        return this.#opened().compileCell(request.code, request)
      case "file":
        return this.#opened().compileFile(request.file)
      case "locate":
        return this.#opened().locate(request.specifier, request.from)
      case "defined":
        return this.#opened().define(request.name)
      case "reset":
        return this.#opened().reset()
    }
  }

  #opened(): Language {
    if (!this.#language) throw new Error("language is not open")
    return this.#language
  }

  #catchUp(delayMs: number): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#language?.warmTyping(), delayMs)
  }
}
