import { type CellPlace, cellFrames, describeFrame, type Locate } from "./cell-frames.js"
import type { ErrorContent } from "./messages.js"
import { plainText } from "./values/plain-text.js"

/** Thrown into code that the reader has stopped. */
export class Interrupted extends Error {
  override readonly name = "Interrupted"

  constructor() {
    super("the cell was stopped")
  }
}

/** Thrown into code that has called `process.exit`. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit"

  constructor(call: string) {
    super(`${call} was called: the kernel has restarted, and its variables are gone`)
  }
}

/**
 * An error as the reader sees it: only frames of cells, then the line it came from. Errors that explain bad input
 * by themselves (PrelabError) are one line and the cell's line.
 */
export function errorFrame(thrown: unknown, locate: Locate): ErrorContent {
  if (!isError(thrown)) {
    const evalue = plainText(thrown)
    return { ename: "Error", evalue, traceback: [`Uncaught ${evalue}`] }
  }
  const ename = nameOf(thrown)
  const evalue = String(thrown.message)
  const frames = cellFrames(thrown.stack, locate)
  const short = ["PrelabError", "Interrupted", "ProcessExit"].includes(ename)
  const lines = [evalue === "" ? ename : `${ename}: ${evalue}`]
  if (!short) {
    lines.push(...frames.map(describeFrame))
    lines.push(...causes(thrown, locate))
  }
  if (frames[0]) lines.push("", ...codeFrame(frames[0]))
  return { ename, evalue, traceback: lines }
}

/** The lines around a place, with a mark under it. */
export function codeFrame(place: CellPlace, length = 1): string[] {
  const text = place.source.split("\n")[place.line - 1]
  if (text === undefined) return []
  const gutter = String(place.line)
  const mark = " ".repeat(place.column - 1) + "^".repeat(Math.max(1, length))
  return [`${place.label}:`, `  ${gutter} | ${text}`, `  ${" ".repeat(gutter.length)} | ${mark}`]
}

/** Errors of other contexts (vm) are no instances of ours. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]"
}

function nameOf(error: Error): string {
  // PrelabError's subclasses keep that name; others often leave "Error", where the class says more.
  if (error.name && error.name !== "Error") return String(error.name)
  return error.constructor?.name || "Error"
}

function causes(error: Error, locate: Locate): string[] {
  const lines: string[] = []
  const inner =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  for (const cause of inner.slice(0, 10)) {
    if (!isError(cause)) lines.push(`caused by: ${plainText(cause)}`)
    else
      lines.push(
        `caused by: ${nameOf(cause)}: ${cause.message}`,
        ...cellFrames(cause.stack, locate).map(describeFrame),
        ...(cause === error ? [] : causes(cause, locate)),
      )
  }
  return lines
}
