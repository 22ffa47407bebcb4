import "../../compile-cache.js"
import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import type { ToCells } from "../bridge.js"
import { GarbageCollector } from "./collect-garbage.js"
import type { ToLanguage } from "./language-messages.js"
import { LanguageThread } from "./language-thread.js"

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
const thread = new LanguageThread(() => garbage.collectIfLarge())

port.on("message", (message: ToLanguage) => {
  port.postMessage(thread.reply(message))
  thread.followUp(message)
})

sync.on("message", (message: ToLanguage) => {
  sync.postMessage(thread.reply(message))
  Atomics.add(counter, 0, 1)
  Atomics.notify(counter, 0)
})

typing.on("message", (message: ToCells) => {
  if (message.type === "ask") thread.whenOpen(() => typing.postMessage(thread.replyToTyping(message)))
})
