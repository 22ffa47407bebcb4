import type { Problem } from "./checker.js"

/** A module, or one of the names in it, is not there. */
const notFound: ReadonlySet<number> = new Set([2305, 2306, 2307, 2792])

/** A module has no types. */
const untyped = 7016

/** Tells problems that another look at the disk may mend: a package may have been installed since the last one. */
export class LateModules {
  readonly #untyped = new Set<string>()

  mayMend(problems: readonly Problem[]): boolean {
    return problems.some((problem) => this.#mayHaveCome(problem))
  }

  /** Packages without types mostly never get any: one look is enough. */
  #mayHaveCome({ code, message }: Problem): boolean {
    if (code !== untyped) return notFound.has(code)
    const isNew = !this.#untyped.has(message)
    this.#untyped.add(message)
    return isNew
  }
}
