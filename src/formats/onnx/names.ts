/** Names of a graph, each used once: whoever asks later gets `name_2`, `name_3`, … */
export class Names<T extends object = object> {
  readonly #names = new Map<T, string>()
  readonly #taken = new Set<string>()

  /** The name of a thing: the one wished for if it is free, and always the same. */
  give(thing: T, wish: string): string {
    const known = this.#names.get(thing)
    if (known !== undefined) return known
    let name = wish
    for (let n = 2; this.#taken.has(name); n++) name = `${wish}_${n}`
    this.#taken.add(name)
    this.#names.set(thing, name)
    return name
  }
}
