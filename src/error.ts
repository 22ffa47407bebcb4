/** Where in a file something is wrong: 1-based line and column as protobuf counts them. */
export interface Place {
  file?: string | undefined
  line?: number | undefined
  column?: number | undefined
}

/**
 * Bad input: a file, a name, a shape or an option that cannot be used. The message is one line,
 * `what: value (file:line:column)`, followed by the hint where there is one. The command line prints it
 * after `prelab: ` and exits with status 2; a cell shows it as a short error frame.
 */
export class PrelabError extends Error {
  override readonly name = "PrelabError"
  readonly what: string
  readonly value: string | undefined
  readonly place: Place
  readonly hint: string | undefined

  constructor(what: string, value?: string | number, more: Place & { hint?: string; cause?: unknown } = {}) {
    const { hint, cause, ...place } = more
    const shown = value === undefined ? undefined : String(value).replace(/\s*\n\s*/g, " ")
    super(describe(what, shown, place, hint), cause === undefined ? undefined : { cause })
    this.what = what
    this.value = shown
    this.place = place
    this.hint = hint
  }

  /**
   * The same error with the missing parts of its place filled in: a parser knows lines, its caller the file.
   */
  at(place: Place): PrelabError {
    return new PrelabError(this.what, this.value, {
      ...place,
      ...Object.fromEntries(Object.entries(this.place).filter(([, v]) => v !== undefined)),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      cause: this.cause,
    })
  }
}

function describe(what: string, value: string | undefined, place: Place, hint: string | undefined): string {
  const where = [place.file, place.line, place.column].filter((x) => x !== undefined).join(":")
  return `${what}${value === undefined ? "" : `: ${value}`}${where ? ` (${where})` : ""}${hint ? `; ${hint}` : ""}`
}

/** What somebody else's error says, in one line: libraries go on with stacks and advice. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!
}

/** A wish that prelab understands and turns down, with its reason: exit status 1 on the command line. */
export class Refusal extends PrelabError {}
