import { createHash } from "node:crypto"
import type { Written } from "../gpu/write-plan.js"
import type { Page } from "./page.js"

/** A page holds so many plans: each has a GPU context of its own there, and browsers allow sixteen. */
const mostPlans = 6

interface Entry {
  /** Settles when the page has the plan. */
  readonly sent: Promise<unknown>
  /** Passes that need it now. */
  users: number
}

/**
 * The plans that a page has, the one used last at the end. A plan is known by what it is, so that weights
 * travel once however often the net runs.
 */
export class PagePlans {
  readonly #page: Page
  readonly #entries = new Map<string, Entry>()

  constructor(page: Page) {
    this.#page = page
  }

  /** Does work for which the page has the plan; afterwards the oldest that nobody needs go. */
  async use<R>(key: string, written: Written, work: () => Promise<R>): Promise<R> {
    const entry = this.#entries.get(key) ?? { sent: this.#send(key, written), users: 0 }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.users++
    try {
      await entry.sent.catch((error: unknown) => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
        throw error
      })
      return await work()
    } finally {
      entry.users--
      await this.#forgetOldest()
    }
  }

  #send(key: string, { plan, data }: Written): Promise<unknown> {
    return this.#page.ask({ type: "compile", plan: key, written: plan }, data)
  }

  async #forgetOldest(): Promise<void> {
    for (const [key, { users }] of [...this.#entries]) {
      if (this.#entries.size <= mostPlans) return
      if (users > 0) continue
      this.#entries.delete(key)
      await this.#page.ask({ type: "forget", plan: key })
    }
  }
}

/** A name that two plans share only if they are the same, weights included. */
export function keyOf({ plan, data }: Written): string {
  const hash = createHash("sha256").update(JSON.stringify(plan))
  for (const { buffer, byteOffset, byteLength } of data)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength))
  return hash.digest("hex")
}
