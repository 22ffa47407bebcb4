import type { Worker } from "node:worker_threads"
import { exitProcess } from "./exit.js"
import { log } from "./log.js"

/** A kernel without one of its threads answers nobody: its front end starts a new one. */
export function endWith(worker: Worker, name: string): void {
  worker.on("error", (error) => {
    // An error of the reader's loses its class between threads, and keeps its name.
    const isReaders = error.name === "PrelabError"
    log(isReaders ? error.message : `${name} thread failed: ${error.stack ?? error}`)
    exitProcess(isReaders ? 2 : 1)
  })
}
