import type { Checker } from "./checker.js"
import { hubImport } from "./module-hub.js"

/** How many are made at once. */
const batch = 16

/**
 * Modules for cells to come, with nothing in them yet. TypeScript 7 puts its program together anew when a file comes or
 * goes, which takes as long as to check three cells, and hardly longer for many files than for one. So they come many at
 * once, and one whose cell nobody needs any more is emptied and used again.
 */
export class VacantModules {
  readonly #vacant: string[] = []
  #count = 0

  constructor(readonly checker: Checker) {}

  take(): string {
    if (this.#vacant.length === 0) this.fill()
    return this.#vacant.shift()!
  }

  giveBack(module: string): void {
    // What it imports stays the same, which spares the program more than anything else.
    this.checker.keep(module, `${hubImport} export {}`)
    this.#vacant.push(module)
  }

  /** Makes as many as are made at once. */
  fill(): void {
    for (let i = 0; i < batch; i++) this.giveBack(`__cell_${++this.#count}`)
  }
}
