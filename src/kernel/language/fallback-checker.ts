import type ts from "typescript"
import type { Checker, Problem } from "./checker.js"
import type { NativeChecker } from "./native-checker.js"

/** The native checker as long as it answers. Afterwards the other one, which knows of all that was kept. */
export class FallbackChecker implements Checker {
  readonly #kept = new Map<string, string>()
  #native: NativeChecker | undefined

  constructor(
    native: NativeChecker,
    readonly script: Checker,
    readonly log: (line: string) => void,
  ) {
    this.#native = native
  }

  get name(): string {
    return (this.#native ?? this.script).name
  }

  check(name: string, text: string, meanwhile?: () => void): Problem[] {
    return this.attempt((native) => native.check(name, text, meanwhile)) ?? this.script.check(name, text)
  }

  typesAt(name: string, positions: readonly number[]): string[] {
    return this.attempt((native) => native.typesAt(name, positions)) ?? positions.map(() => "")
  }

  wideLiteralsAt(name: string, position: number): number {
    return this.attempt((native) => native.wideLiteralsAt(name, position)) ?? 0
  }

  keep(name: string, text: string): void {
    this.#kept.set(name, text)
    ;(this.#native ?? this.script).keep(name, text)
  }

  drop(name: string): void {
    this.#kept.delete(name)
    ;(this.#native ?? this.script).drop(name)
  }

  refresh(): void {
    ;(this.#native ?? this.script).refresh()
  }

  configure(options: ts.CompilerOptions): void {
    this.#native?.configure(options)
    this.script.configure(options)
  }

  close(): void {
    this.#native?.close()
    this.script.close()
  }

  /** What the native checker answers; undefined where it is gone, or goes now. */
  attempt<T>(question: (native: NativeChecker) => T): T | undefined {
    if (!this.#native) return undefined
    try {
      return question(this.#native)
    } catch (error) {
      this.log(
        `${error instanceof Error ? error.message : error}; cells are checked by ${this.script.name} now`,
      )
      this.#native.close()
      this.#native = undefined
      for (const [name, text] of this.#kept) this.script.keep(name, text)
      return undefined
    }
  }
}
