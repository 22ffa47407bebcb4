import type { ErrorContent } from "./messages.js"
import { plainText } from "./mime-bundle.js"
import type { Position } from "./positions.js"

/** A place in a cell, with the cell's text for showing the line. */
export interface CellPlace extends Position {
  label: string
  source: string
}

/** The source place of a compiled one, undefined for files that are no cells. */
export type Locate = (file: string, position: Position) => CellPlace | undefined

interface Frame extends CellPlace {
  name: string
}

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

function describeFrame({ name, label, line, column }: Frame): string {
  return name ? `    at ${name} (${label}:${line}:${column})` : `    at ${label}:${line}:${column}`
}

const framePattern = /^\s*at (?:(.*?) \()?(?:file:\/\/)?([^()\s][^()]*?):(\d+):(\d+)\)?$/

function cellFrames(stack: unknown, locate: Locate): Frame[] {
  const frames: Frame[] = []
  for (const text of String(stack ?? "").split("\n")) {
    const match = framePattern.exec(text)
    if (!match) continue
    const [, name = "", file = "", line, column] = match
    const place = locate(file.replace(/^async /, ""), { line: Number(line), column: Number(column) })
    if (place)
      frames.push({
        ...place,
        name: name.replace(/^async /, "").replace(/^(Object\.)?(<anonymous>|exports\.)/, ""),
      })
  }
  return frames
}
