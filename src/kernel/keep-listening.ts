import type { EventEmitter } from "node:events"

type Listener = (...args: unknown[]) => void

const emitter: EventEmitter = process

/**
 * Listens to an event of the process, and goes on doing so when cells or their libraries remove all listeners, as test
 * runners do: without one, the next error that nobody catches would end the kernel.
 */
export function keepListening(event: string, listener: Listener): void {
  const listen = () => {
    if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener)
    if (!emitter.listeners("removeListener").includes(watch)) emitter.on("removeListener", watch)
  }
  // Node itself takes those of SIGINT away while code runs that SIGINT ends, and has put them back by then.
  const watch = (_event: unknown, removed: unknown) => {
    if (removed === listener || removed === watch) process.nextTick(listen)
  }
  listen()
}
