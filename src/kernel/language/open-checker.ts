import type ts from "typescript"
import { PrelabError } from "../../error.js"
import type { Checker, Problem } from "./checker.js"
import { type NativeChecker, openNativeChecker } from "./native-checker.js"
import { ScriptChecker } from "./script-checker.js"
import type { ServiceHost } from "./service-host.js"

export interface CheckerSetting {
  folder: string
  options: ts.CompilerOptions
  host: ServiceHost
  log: (line: string) => void
}

/** The checker of cells that `PRELAB_CHECKER` names; without it TypeScript 7 where it is installed, else 6. */
export function openChecker(setting: CheckerSetting): Checker {
  const wanted = process.env.PRELAB_CHECKER || "fastest"
  const script = new ScriptChecker(setting.host)
  if (wanted === "typescript6") return script
  if (wanted !== "typescript7" && wanted !== "fastest")
    throw new PrelabError("unknown PRELAB_CHECKER", wanted, { hint: "typescript6 or typescript7" })
  const native = openNative(setting)
  if (native) return new FallbackChecker(native, script, setting.log)
  if (wanted === "typescript7") throw new PrelabError("TypeScript 7 is not installed", "PRELAB_CHECKER")
  return script
}

function openNative({ folder, options, host, log }: CheckerSetting): NativeChecker | undefined {
  try {
    return openNativeChecker({
      folder,
      compilerOptions: options,
      resolveFrom: import.meta.url,
      extension: host.extension,
    })
  } catch (error) {
    log(`TypeScript 7 cannot be used: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

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
