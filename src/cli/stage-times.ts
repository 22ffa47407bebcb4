/** How long the stages of a command took, in milliseconds of wall time. */
export class StageTimes {
  readonly #stages: [name: string, milliseconds: number][] = []

  /** Runs a stage and takes its time. */
  async run<T>(name: string, stage: () => T | Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await stage()
    } finally {
      this.#stages.push([name, performance.now() - started])
    }
  }

  /** `load 12 ms, verify 1,204 ms`. */
  toString(): string {
    return this.#stages
      .map(([name, time]) => `${name} ${Math.round(time).toLocaleString("en-US")} ms`)
      .join(", ")
  }

  /** Milliseconds by stage, to a tenth. */
  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#stages.map(([name, time]) => [name, Number(time.toFixed(1))]))
  }
}
