import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import type { FromCells, ToCells } from "../bridge.js"
import { log } from "../log.js"
import { errorReply } from "../messages.js"
import { answerTyping } from "./answer.js"
import { cellLanguage } from "./cell-language.js"
import { GarbageCollector } from "./collect-garbage.js"
import { Language } from "./language.js"
import type { FromLanguage, LanguageRequest, ToLanguage } from "./language-messages.js"

// The language thread: TypeScript lives here, so that what the reader types is answered while a cell computes, and
// no cell waits for a completion.

export interface LanguageStart {
  /** To the protocol thread, which passes on what front ends ask. */
  typing: MessagePort
  /** Questions of the thread with the cells that it waits for. */
  sync: MessagePort
  answered: SharedArrayBuffer
}

const { typing, sync, answered } = workerData as LanguageStart
const port = parentPort!
const counter = new Int32Array(answered)

const garbage = new GarbageCollector()
let language: Language | undefined
/** Front ends may ask before the cells' modules are known. */
const early: (() => void)[] = []

/**
 * The service that completes any name takes a second and a hundred megabytes to read the libraries. It does so once
 * the reader types for the first time, and from then on sees every new cell as soon as nothing else is to do.
 */
const typingMs = { first: 20, afterCell: 300 }
let typed = false
/** After so long without a cell the reader thinks: a whole notebook that runs has none of these pauses. */
const pauseMs = 50
let pause: NodeJS.Timeout | undefined
let idle: NodeJS.Timeout | undefined

function catchUp(delayMs: number): void {
  clearTimeout(idle)
  idle = setTimeout(() => language?.warmTyping(), delayMs)
}

function opened(): Language {
  if (!language) throw new Error("language is not open")
  return language
}

function answer(request: LanguageRequest): unknown {
  switch (request.type) {
    case "open":
      language = new Language(request.folder, request.provided, log, cellLanguage())
      language.warmUp()
      for (const work of early.splice(0)) work()
      return undefined
    case "cell":
      return opened().compileCell(request.code, request)
    case "file":
      return opened().compileFile(request.file)
    case "locate":
      return opened().locate(request.specifier, request.from)
    case "reset":
      return opened().reset()
  }
}

function reply({ id, request }: ToLanguage): FromLanguage {
  try {
    return { id, answer: answer(request) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

port.on("message", (message: ToLanguage) => {
  clearTimeout(pause)
  port.postMessage(reply(message))
  if (message.request.type === "cell") {
    language?.settle()
    garbage.collectIfLarge()
    pause = setTimeout(() => language?.learn(), pauseMs)
  }
  if (typed && message.request.type === "cell") catchUp(typingMs.afterCell)
})

sync.on("message", (message: ToLanguage) => {
  sync.postMessage(reply(message))
  Atomics.add(counter, 0, 1)
  Atomics.notify(counter, 0)
})

typing.on("message", (message: ToCells) => {
  if (message.type !== "ask") return
  const work = () => {
    let content: FromCells & { type: "reply" }
    try {
      content = {
        type: "reply",
        id: message.id,
        content: answerTyping(opened(), message.msgType, message.content),
      }
    } catch (error) {
      log(`${message.msgType} failed: ${error instanceof Error ? error.stack : error}`)
      const { name, message: evalue } = error as Error
      content = {
        type: "reply",
        id: message.id,
        content: { ...errorReply({ ename: name, evalue, traceback: [] }) },
      }
    }
    typing.postMessage(content)
    if (!typed) catchUp(typingMs.first)
    typed = true
  }
  if (language) work()
  else early.push(work)
})
