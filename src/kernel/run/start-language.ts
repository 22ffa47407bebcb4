import { MessageChannel, type MessagePort, Worker } from "node:worker_threads"
import { endWith } from "../end-with.js"
import type { LanguageStart } from "../language/language-worker.js"
import { LanguageClient } from "./language-client.js"

/** Starts the language thread. @param typing its way to the protocol thread */
export function startLanguage(typing: MessagePort): LanguageClient {
  const sync = new MessageChannel()
  const answered = new SharedArrayBuffer(4)
  const workerData: LanguageStart = { typing, sync: sync.port2, answered }
  const worker = new Worker(new URL("../language/language-worker.js", import.meta.url), {
    workerData,
    transferList: [typing, sync.port2],
    // A check leaves much behind; collecting it often costs little, and a thread keeps what it once had.
    resourceLimits: { maxYoungGenerationSizeMb: 24 },
  })
  endWith(worker, "language")
  return new LanguageClient(worker, sync.port1, new Int32Array(answered))
}
