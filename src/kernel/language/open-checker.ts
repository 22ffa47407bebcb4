import type ts from "typescript"
import { PrelabError } from "../../error.js"
import type { Checker } from "./checker.js"
import { ScriptChecker } from "./script-checker.js"
import type { ServiceHost } from "./service-host.js"

interface CheckerSetting {
  folder: string
  options: ts.CompilerOptions
  host: ServiceHost
  service: ts.LanguageService
  log: (line: string) => void
}

/** The checker of cells that `PRELAB_CHECKER` names; without it the fastest that answers. */
export function openChecker({ host, service }: CheckerSetting): Checker {
  const wanted = process.env.PRELAB_CHECKER || "typescript6"
  if (wanted !== "typescript6" && wanted !== "typescript7")
    throw new PrelabError("unknown PRELAB_CHECKER", wanted, { hint: "typescript6 or typescript7" })
  return new ScriptChecker(service, host)
}
