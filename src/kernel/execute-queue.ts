import type { WireMessage } from "./wire.js"

/** Runs one execute_request after the other; an error may throw the rest away. */
export class ExecuteQueue {
  #waiting: WireMessage[] = []
  #running = false

  /**
   * @param run runs one request and says whether the requests behind it have to be aborted
   * @param abort answers a request that will not run
   */
  constructor(
    readonly run: (message: WireMessage) => Promise<{ abortOthers: boolean }>,
    readonly abort: (message: WireMessage) => Promise<void>,
  ) {}

  add(message: WireMessage): void {
    this.#waiting.push(message)
    if (!this.#running) void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#running = true
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { abortOthers } = await this.run(next)
      if (!abortOthers) continue
      const aborted = this.#waiting
      this.#waiting = []
      for (const message of aborted) await this.abort(message)
    }
    this.#running = false
  }
}
