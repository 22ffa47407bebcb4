import type ts from "typescript"
import { PrelabError } from "../../error.js"
import type { Checker } from "./checker.js"
import { FallbackChecker } from "./fallback-checker.js"
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
