import type { Net } from "../net/index.js"
import type { Plan } from "./engine.js"

/** A plan, and why it is this engine's where that was a choice. */
export interface Compiled {
  readonly plan: Plan
  readonly why?: string
}

interface Entry {
  readonly net: WeakRef<Net>
  readonly key: string
  readonly compiled: Promise<Compiled>
  /** Who needs the plan: passes that run, and the place where it is kept. */
  users: number
}

/**
 * The plan of the last forward pass, kept for the next one of the same net at the same size: compiling takes
 * as long as several passes. One plan at a time; it goes when another one is compiled or its net is
 * collected.
 */
export class KeptPlan {
  #entry: Entry | undefined
  readonly #collected = new FinalizationRegistry<Entry>((entry) => this.#drop(entry))

  /**
   * Does work with the plan of a net.
   *
   * @param key all that the plan depends on beside the net
   * @param compile makes the plan where another one is kept, or none
   * @param options.changes the net's parameters change between passes, and no plan is kept that copied them
   */
  async use<R>(
    net: Net,
    key: string,
    compile: () => Promise<Compiled>,
    work: (compiled: Compiled) => Promise<R>,
    { changes = false } = {},
  ): Promise<R> {
    const entry = (changes ? undefined : this.#find(net, key)) ?? this.#keep(net, key, compile())
    entry.users++
    try {
      const compiled = await entry.compiled
      if (changes || !compiled.plan.mayWait) this.#drop(entry)
      return await work(compiled)
    } catch (error) {
      this.#drop(entry)
      throw error
    } finally {
      await release(entry)
    }
  }

  #find(net: Net, key: string): Entry | undefined {
    const entry = this.#entry
    return entry?.key === key && entry.net.deref() === net ? entry : undefined
  }

  #keep(net: Net, key: string, compiled: Promise<Compiled>): Entry {
    if (this.#entry) this.#drop(this.#entry)
    const entry = { net: new WeakRef(net), key, compiled, users: 1 }
    this.#collected.register(net, entry, entry)
    this.#entry = entry
    return entry
  }

  #drop(entry: Entry): void {
    if (this.#entry !== entry) return
    this.#entry = undefined
    this.#collected.unregister(entry)
    void release(entry)
  }
}

/** Disposes of the plan after its last user. */
async function release(entry: Entry): Promise<void> {
  entry.users--
  if (entry.users > 0) return
  const compiled = await entry.compiled.catch(() => undefined) // whoever asked for it has the error
  await compiled?.plan.dispose()
}
