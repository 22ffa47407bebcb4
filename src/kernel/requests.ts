import { isDeepStrictEqual } from "node:util"
import type { Header } from "./wire.js"

interface Request {
  header: Header
  silent: boolean
}

/** How many answered requests are remembered, for output that comes late: from a timer for instance. */
const remembered = 20_000

/**
 * The requests of this session, by msg_id: those being served, and the last ones before them. Threads name a
 * request by its id alone; output goes out under the header that is kept here.
 */
export class Requests {
  readonly #open = new Map<string, Request>()
  readonly #past = new Map<string, Request>()

  constructor(readonly limit = remembered) {}

  open(header: Header, silent: boolean): void {
    this.#past.delete(header.msg_id)
    this.#open.set(header.msg_id, { header, silent })
  }

  /** It has been answered. Only then can it be forgotten, however long it took. */
  close({ msg_id }: Header): void {
    const request = this.#open.get(msg_id)
    if (!request) return
    this.#open.delete(msg_id)
    this.#past.set(msg_id, request)
    const oldest = this.#past.keys().next().value
    if (this.#past.size > this.limit && oldest !== undefined) this.#past.delete(oldest)
  }

  /** The very same message has come before: a copy by somebody who may not even have the key. */
  isRepeated(header: Header): boolean {
    return isDeepStrictEqual(this.headerOf(header.msg_id), header)
  }

  headerOf(id: string): Header | undefined {
    return this.#find(id)?.header
  }

  isSilent(id: string): boolean {
    return this.#find(id)?.silent === true
  }

  #find(id: string): Request | undefined {
    return this.#open.get(id) ?? this.#past.get(id)
  }
}
