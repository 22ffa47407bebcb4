import { outsideOfCells } from "../outside-of-cells.js"

/** Wishes within this time make one pass, in milliseconds. */
const gather = 15

/**
 * One pass at a time, and the latest wish only: a pointer sends more of them than a net can follow. The work goes on
 * when the cell that made the widget is stopped, since the page still waits for it.
 */
export class LatestWish {
  readonly #work: (stale: () => boolean) => Promise<void>
  #asked = 0
  #running: Promise<void> | undefined

  /** @param work fulfils what is wished when it begins; `stale` says whether something else is wished by now */
  constructor(work: (stale: () => boolean) => Promise<void>) {
    this.#work = work
  }

  ask(): void {
    this.#asked++
    this.#running ??= outsideOfCells(() => this.#follow()).finally(() => {
      this.#running = undefined
    })
  }

  /** Resolves when the last wish is fulfilled. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #follow(): Promise<void> {
    for (let done = 0; done !== this.#asked; ) {
      await new Promise((resolve) => setTimeout(resolve, gather))
      const asked = this.#asked
      await this.#work(() => asked !== this.#asked)
      done = asked
    }
  }
}
