import { constants, Script } from "node:vm"
import { type RuntimeName, runtimeNames } from "../language/runtime-names.js"

export type Runtime = Record<RuntimeName, unknown>

/**
 * Compiled text as a function of the kernel's names. The line that makes it one comes before line 1, so that lines
 * stay what they are. The text has a function to itself, so that it may declare names of the kernel's as its own:
 * `const require = createRequire(import.meta.url)`.
 */
export function moduleFunction(js: string, filename: string, awaits: boolean): (runtime: Runtime) => unknown {
  const star = awaits ? "*" : ""
  const script = new Script(
    `(function (${runtimeNames.join(", ")}) { return function${star} () {\n${js}\n} })`,
    {
      filename,
      lineOffset: -1,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  )
  const made = script.runInThisContext() as (...values: unknown[]) => () => unknown
  return (runtime) => made(...runtimeNames.map((name) => runtime[name])).call(undefined)
}
