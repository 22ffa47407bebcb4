import { inWrittenNames, type WrittenNames } from "./language/written-names.js"
import { ownFrames } from "./own-frames.js"
import type { Position } from "./positions.js"

/** A place in a cell, with the cell's text for showing the line. */
export interface CellPlace extends Position {
  label: string
  source: string
  /** What the engine calls by other names than the reader. */
  names?: WrittenNames
}

/** The source place of a compiled one, undefined for files that are no cells. */
export type Locate = (file: string, position: Position) => CellPlace | undefined

export interface Frame extends CellPlace {
  name: string
}

const framePattern = /^\s*at (?:(.*?) \()?(?:file:\/\/)?([^()\s][^()]*?):(\d+):(\d+)\)?$/

/** What engines call code that is in no function, or in one that the compiler has named. */
const topLevel = /^(Object\.)?(<anonymous>|exports\.)|^eval$/

let locateByDefault: Locate = () => undefined

/** Says how printed errors find the places in cells. */
export function locateFramesBy(locate: Locate): void {
  locateByDefault = locate
}

/** The frames of a stack that are in cells. */
export function cellFrames(stack: unknown, locate: Locate): Frame[] {
  return String(stack ?? "")
    .split("\n")
    .flatMap((line) => cellFrame(line, locate) ?? [])
}

export function describeFrame({ name, label, line, column }: Frame): string {
  return name ? `    at ${name} (${label}:${line}:${column})` : `    at ${label}:${line}:${column}`
}

/** What the engine says of code at a place, in the reader's names. */
export function inReaderNames(message: string, { names = [] }: CellPlace): string {
  return inWrittenNames(message, names)
}

/** What Node writes in place of frames that are in the stack of the cause too: mostly the kernel's own. */
const commonFrames = /^\s+\.\.\. \d+ lines matching cause stack trace \.\.\.$/

/** A text with the frames of stacks in it, as printed errors have: in the reader's places, without the kernel's own. */
export function inReaderPlaces(text: string): string {
  if (!text.includes("    at ")) return text
  const lines: string[] = []
  for (const line of text.split("\n")) {
    if (commonFrames.test(line)) continue
    // Behind the last frame Node opens the bracket of what an error has besides: it stays, whatever becomes of the frame.
    const opening = /^\s+at .* \{$/.test(line) ? " {" : ""
    const written = line.slice(0, line.length - opening.length)
    const frame = cellFrame(written, locateByDefault)
    // Node indents the stack of an error inside of an object.
    if (frame) {
      const head = lines.length - 1
      if (/\bTypeError: /.test(lines[head] ?? "")) lines[head] = inReaderNames(lines[head]!, frame)
      lines.push(written.replace(/\S.*/, describeFrame(frame).trim()) + opening)
    } else if (!ownFrames.test(line)) lines.push(line)
    else if (lines.length > 0) lines[lines.length - 1] += opening
  }
  return lines.join("\n")
}

function cellFrame(line: string, locate: Locate): Frame | undefined {
  const match = framePattern.exec(line)
  if (!match) return undefined
  const [, caller = "", file = "", row, column] = match
  const place = locate(file.replace(/^async /, ""), { line: Number(row), column: Number(column) })
  const name = caller.replace(/^async /, "").replace(topLevel, "")
  return place && { ...place, name }
}
