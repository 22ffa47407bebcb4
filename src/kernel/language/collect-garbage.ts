import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** How much this thread's heap may grow before it is collected as a whole. */
const stepBytes = 48 * 2 ** 20

/**
 * Collects the thread's garbage once much has come together. A checker leaves megabytes behind with every cell, and V8
 * would let them lie until gigabytes are full, as long as the machine has them.
 */
export class GarbageCollector {
  readonly #collect: () => void
  #allowed: number | undefined

  constructor() {
    setFlagsFromString("--expose-gc")
    this.#collect = runInNewContext("gc")
    // Contexts that readers make are as they were.
    setFlagsFromString("--no-expose-gc")
  }

  /** To be called while nobody waits: it takes about a tenth of a second when it does something. */
  collectIfLarge(): void {
    const used = getHeapStatistics().used_heap_size
    this.#allowed ??= used + stepBytes
    if (used < this.#allowed) return
    this.#collect()
    this.#allowed = getHeapStatistics().used_heap_size + stepBytes
  }
}
