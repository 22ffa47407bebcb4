import type { Problem } from "./checker.js"
import { builtIn } from "./platform.js"

/** The one module that cells import from, as long as their own imports are known to it. */
export const hubModule = "__modules"

/** The part of it that never changes: to find its modules anew takes as long as all the rest. */
export const fixedModule = "__modules_fixed"

const fixedExport = `export * from "./${fixedModule}";`

/** In every cell's text, so that what it imports stays the same whatever it uses. */
export const hubImport = `import {} from "./${hubModule}";`

/**
 * Every module that cells have imported, under a name. TypeScript puts a whole program together anew, which takes 20 ms,
 * when the modules that one of its files imports are others than before: a cell that begins to use `node:fs`, a helper
 * or an earlier cell's class. This file imports them all; a cell imports this file, always and nothing else, and what
 * it uses of them are aliases (`import statSync = __module_7.statSync`).
 */
export class ModuleHub {
  readonly #fixed = new Map<string, string>()
  readonly #added = new Map<string, string>()
  #count = 0

  /** From the start it has what is there without a package. */
  constructor() {
    const prefixed = builtIn.map((name) => (name.startsWith("node:") ? name : `node:${name}`))
    for (const specifier of [...builtIn, ...prefixed]) this.#fixed.set(specifier, this.#nextName())
  }

  get fixedText(): string {
    return textOf(this.#fixed).join("")
  }

  get text(): string {
    return `${fixedExport}\n${textOf(this.#added).join("")}`
  }

  /** The name under which cells can import the module of this specifier. */
  nameOf(specifier: string): string | undefined {
    return this.#fixed.get(specifier) ?? this.#added.get(specifier)
  }

  /** Says whether it was not known before. */
  add(specifier: string): boolean {
    if (this.nameOf(specifier) !== undefined) return false
    this.#added.set(specifier, this.#nextName())
    return true
  }

  drop(specifier: string): void {
    this.#added.delete(specifier)
  }

  /**
   * Forgets the modules that its files have problems with: one that is not found, or has no types, would be `any`, and
   * a cell right that is wrong.
   */
  forget(problems: readonly Problem[]): void {
    const broken = (module: string, lines: readonly string[]) => {
      const own = problems.filter(({ file }) => file === module)
      let end = 0
      return lines.map((line) => {
        const start = end
        end += line.length
        return own.some((problem) => start <= problem.start && problem.start < end)
      })
    }
    const fixed = broken(fixedModule, textOf(this.#fixed))
    const added = broken(hubModule, [`${fixedExport}\n`, ...textOf(this.#added)]).slice(1)
    for (const [i, specifier] of [...this.#fixed.keys()].entries())
      if (fixed[i]) this.#fixed.delete(specifier)
    for (const [i, specifier] of [...this.#added.keys()].entries())
      if (added[i]) this.#added.delete(specifier)
  }

  #nextName(): string {
    return `__module_${++this.#count}`
  }
}

function textOf(names: ReadonlyMap<string, string>): string[] {
  return [...names].map(
    ([specifier, name]) => `import * as ${name} from ${JSON.stringify(specifier)}; export { ${name} };\n`,
  )
}
