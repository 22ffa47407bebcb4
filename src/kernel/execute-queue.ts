/** Runs one request after the other; those that wait can be thrown away. */
export class ExecuteQueue<Request> {
  #waiting: Request[] = []
  #doomed: Request[] = []
  #isRunning = false

  /**
   * @param run runs one request and answers it
   * @param abort answers a request that will not run
   */
  constructor(
    readonly run: (request: Request) => Promise<void>,
    readonly abort: (request: Request) => Promise<void>,
  ) {}

  add(request: Request): void {
    this.#waiting.push(request)
    if (!this.#isRunning) void this.#drain()
  }

  /** What waits now will not run. It is answered when the running request has been: in the order of arrival. */
  abortWaiting(): void {
    this.#doomed.push(...this.#waiting.splice(0))
  }

  async #drain(): Promise<void> {
    this.#isRunning = true
    for (;;) {
      for (const request of this.#doomed.splice(0)) await this.abort(request)
      const next = this.#waiting.shift()
      if (next === undefined) break
      await this.run(next)
    }
    this.#isRunning = false
  }
}
