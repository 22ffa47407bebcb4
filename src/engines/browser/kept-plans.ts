import { createHash } from "node:crypto"
import type { Written } from "../gpu/write-plan.js"
import type { Page } from "./page.js"

/** A page holds so many plans: each has a GPU context of its own there, and browsers allow sixteen. */
const mostPlans = 6

/**
 * The plans that a page has, the one used last at the end. A plan is known by what it is, so that weights travel once
 * however often the net runs.
 */
export class KeptPlans {
  readonly #page: Page
  readonly #kept = new Map<string, Promise<unknown>>()

  constructor(page: Page) {
    this.#page = page
  }

  /** Makes sure that the page has the plan; the oldest others go. */
  async keep(key: string, { plan, data }: Written): Promise<void> {
    const known = this.#kept.get(key)
    this.#kept.delete(key)
    const sent = known ?? this.#page.ask({ type: "compile", plan: key, written: plan }, data)
    this.#kept.set(key, sent)
    try {
      await sent
    } catch (error) {
      this.#kept.delete(key)
      throw error
    }
    for (const oldest of [...this.#kept.keys()].slice(0, -mostPlans)) {
      this.#kept.delete(oldest)
      await this.#page.ask({ type: "forget", plan: oldest })
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
