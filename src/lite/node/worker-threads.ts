import { notInBrowser } from "./not-in-a-browser.js"

// The kernel's own threads are workers that the page starts.

export class Worker {
  constructor(..._options: unknown[]) {
    notInBrowser("worker_threads")()
  }
}

export const isMainThread = true
export const parentPort = null
export const workerData = null
export const receiveMessageOnPort = notInBrowser("receiveMessageOnPort")
export const { MessageChannel, MessagePort } = globalThis

export default {
  ...{ Worker, isMainThread, parentPort, workerData, receiveMessageOnPort, MessageChannel, MessagePort },
}
