import { PrelabError } from "../error.js"
import type { Comms } from "./comm.js"
import type { Dict } from "./dict.js"

/** What code in a cell can ask of the kernel around it. */
export interface Host {
  publish(msgType: string, content: Dict, more?: { metadata?: Dict; buffers?: Uint8Array[] }): void
  input(prompt: string, password: boolean): Promise<string>
  addPayload(payload: Dict): void
  /** The reply of the running cell waits for this. */
  waitFor(work: Promise<unknown>): void
  comms: Comms
}

let running: Host | undefined

export function setHost(host: Host): void {
  running = host
}

/** True in a notebook, false in a plain Node program that uses the library. */
export function hasHost(): boolean {
  return running !== undefined
}

/** The kernel this code runs in; outside of one, `what` cannot be done. */
export function host(what: string): Host {
  if (!running) throw new PrelabError("only in a notebook", what)
  return running
}
