/** A Jupyter server drops what is more than 3,000 messages or 3 MB of printed text within three seconds. */
const windowMs = 3000

/** What a cell may use of that while it runs; the rest is for the end of its output, which should not wait. */
export const serverLimits: Limits = {
  usual: { messages: 2500, bytes: 2_500_000 },
  most: { messages: 2900, bytes: 2_900_000 },
}

const endless = { messages: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/** Where no server is between the kernel and its readers. */
export const noLimits: Limits = { usual: endless, most: endless }

/** Moments closer together than this are counted as one. */
const grainMs = 50

export interface Allowance {
  messages: number
  bytes: number
}

export interface Limits {
  usual: Allowance
  most: Allowance
}

interface Moment extends Allowance {
  at: number
}

/** Counts what has been published as Jupyter's server counts it, and says how much it would let through now. */
export class Pace {
  #moments: Moment[] = []

  constructor(
    readonly limits = serverLimits,
    readonly now: () => number = () => performance.now(),
  ) {}

  /** @param urgent everything the server takes, not only what leaves room for the end of a cell */
  left(urgent: boolean): Allowance {
    const since = this.now() - windowMs - grainMs
    this.#moments = this.#moments.filter(({ at }) => at > since)
    const limit = urgent ? this.limits.most : this.limits.usual
    return {
      messages: limit.messages - sum(this.#moments.map(({ messages }) => messages)),
      bytes: limit.bytes - sum(this.#moments.map(({ bytes }) => bytes)),
    }
  }

  /** One message has gone out. */
  spend(bytes: number): void {
    const at = this.now()
    const last = this.#moments.at(-1)
    if (last && at - last.at < grainMs) {
      last.messages++
      last.bytes += bytes
    } else this.#moments.push({ at, messages: 1, bytes })
  }

  /** The server starts anew whenever the kernel says that it is idle. */
  reset(): void {
    this.#moments = []
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
