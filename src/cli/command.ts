import type { ParseArgsConfig } from "node:util"
import type { Arguments } from "./arguments.js"

/** What a command answers: text for people, a JSON document for programs, and the exit status. */
export interface Answer {
  readonly text: string
  readonly json: unknown
  /** 0 done (or equivalent), 1 refused (or not equivalent). */
  readonly status?: 0 | 1
  /** What could not be done, a line each, for stderr. */
  readonly complaints?: readonly string[]
}

/** One subcommand. `run` returns nothing when the command printed for itself (the kernel, JupyterLab). */
export interface Command {
  readonly options?: NonNullable<ParseArgsConfig["options"]>
  /** Rewrites what Node's option parser cannot read, before it reads it. */
  readonly normalize?: (args: readonly string[]) => readonly string[]
  run(args: Arguments): Promise<Answer | undefined>
}
