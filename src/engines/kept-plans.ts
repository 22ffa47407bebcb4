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
 * Plans, kept for the next pass of the same net at the same size: compiling takes as long as several passes. Two at a
 * time unless told, as people compare a net with what became of it; the one used longest ago goes when another one that
 * lasts is compiled, and each with its net.
 */
export class KeptPlans {
  readonly #room: number
  /** The one used last at the end. */
  readonly #entries: Entry[] = []
  readonly #collected = new FinalizationRegistry<Entry>((entry) => this.#drop(entry))

  constructor(room = 2) {
    this.#room = room
  }

  /**
   * Does work with the plan of a net.
   *
   * @param key all that the plan depends on beside the net
   * @param compile makes the plan where another one is kept, or none
   * @param options.lasts false for a plan that goes with its pass, and leaves the one that is kept
   */
  async use<R>(
    net: Net,
    key: string,
    compile: () => Promise<Compiled>,
    work: (compiled: Compiled) => Promise<R>,
    { lasts = true } = {},
  ): Promise<R> {
    const entry = lasts
      ? (this.#find(net, key) ?? this.#keep(net, key, compile()))
      : { net: new WeakRef(net), key, compiled: compile(), users: 0 }
    entry.users++
    try {
      const compiled = await entry.compiled
      if (!compiled.plan.mayWait) this.#drop(entry)
      return await work(compiled)
    } catch (error) {
      this.#drop(entry)
      throw error
    } finally {
      await release(entry)
    }
  }

  #find(net: Net, key: string): Entry | undefined {
    const at = this.#entries.findIndex((entry) => entry.key === key && entry.net.deref() === net)
    const [entry] = at < 0 ? [] : this.#entries.splice(at, 1)
    if (entry) this.#entries.push(entry)
    return entry
  }

  #keep(net: Net, key: string, compiled: Promise<Compiled>): Entry {
    const entry = { net: new WeakRef(net), key, compiled, users: 1 }
    this.#collected.register(net, entry, entry)
    this.#entries.push(entry)
    for (const oldest of this.#entries.slice(0, -this.#room)) this.#drop(oldest)
    return entry
  }

  #drop(entry: Entry): void {
    const at = this.#entries.indexOf(entry)
    if (at < 0) return
    this.#entries.splice(at, 1)
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
