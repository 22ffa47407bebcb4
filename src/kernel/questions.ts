/** Questions that another thread answers, by their number. */
export class Questions {
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>()
  #lastId = 0

  /** @param send puts the question to who answers it */
  ask<Answer>(send: (id: number) => void): Promise<Answer> {
    const id = ++this.#lastId
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      send(id)
    })
  }

  answer(id: number, answer: unknown): void {
    this.#take(id)?.resolve(answer as never)
  }

  refuse(id: number, error: Error): void {
    this.#take(id)?.reject(error)
  }

  #take(id: number) {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}
