import type { Checker } from "../../kernel/language/checker.js"
import type { CheckerSetting } from "../../kernel/language/open-checker.js"
import { UntypedChecker } from "./untyped-checker.js"

/** TypeScript 6, as no program can be started here. */
export function openChecker({ host }: CheckerSetting): Checker {
  return new UntypedChecker(host)
}
