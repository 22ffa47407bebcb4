import { type CellPlace, cellFrames, describeFrame, inReaderNames, type Locate } from "./cell-frames.js"
import type { ErrorContent } from "./messages.js"
import { cutText, plainText } from "./values/plain-text.js"
import { Specimen } from "./values/specimen.js"

/** Causes that are told of one error. */
const mostCauses = 20

/** Characters of what an error says beside its message. */
const longestDetails = 2000

/** Properties of errors that have a place of their own in the frame. */
const described: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"])

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
 * by themselves (PrelabError) are one line and the cell's line. Whatever was thrown, and whatever its getters do, it
 * has a frame.
 */
export function errorFrame(thrown: unknown, locate: Locate): ErrorContent {
  if (!isError(thrown)) {
    const evalue = plainText(thrown)
    return { ename: "Error", evalue, traceback: [`Uncaught ${evalue}`] }
  }
  const error = new Specimen(thrown)
  const ename = nameOf(error)
  const frames = cellFrames(stackOf(error), locate)
  const evalue = messageOf(error, frames)
  const short = ["PrelabError", "Interrupted", "ProcessExit"].includes(ename)
  const lines = [evalue === "" ? ename : `${ename}: ${evalue}`]
  if (!short) lines.push(...frames.map(describeFrame), ...details(error), ...causes(error, locate))
  if (frames[0]) lines.push("", ...codeFrame(frames[0]))
  return { ename, evalue, traceback: lines }
}

/** The lines around a place, with a mark under it. */
export function codeFrame(place: CellPlace, length = 1): string[] {
  const text = place.source.split(/\r?\n/)[place.line - 1]
  if (text === undefined) return []
  const gutter = String(place.line)
  const mark = " ".repeat(place.column - 1) + "^".repeat(Math.max(1, length))
  return [`${place.label}:`, `  ${gutter} | ${text}`, `  ${" ".repeat(gutter.length)} | ${mark}`]
}

/** Errors of other contexts (vm) are no instances of ours, and a proxy may refuse to say what it is. */
function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]"
  } catch {
    return false
  }
}

function nameOf(error: Specimen): string {
  // PrelabError's subclasses keep that name; others often leave "Error", where the class says more.
  const name = error.get("name")
  return typeof name === "string" && name !== "" && name !== "Error" ? name : (error.className ?? "Error")
}

/** The engine's own messages are TypeErrors'; they name what was called. */
function messageOf(error: Specimen, [place]: readonly CellPlace[]): string {
  const message = error.get("message") ?? ""
  if (typeof message !== "string") return plainText(message)
  return place && nameOf(error) === "TypeError" ? inReaderNames(message, place) : message
}

function stackOf(error: Specimen): string {
  const stack = error.get("stack")
  return typeof stack === "string" ? stack : ""
}

/** What an error says beside its message, such as `code`. */
function details({ value }: Specimen): string[] {
  const own: Record<string, unknown> = {}
  for (const name of ownNames(value)) if (!described.has(name)) own[name] = new Specimen(value).get(name)
  if (Object.keys(own).length === 0) return []
  const text = cutText(plainText(own, { depth: 1 }), longestDetails)
  return text.split("\n").map((line) => `    ${line}`)
}

function ownNames(value: object): string[] {
  try {
    return Object.keys(value)
  } catch {
    return []
  }
}

/** What caused it, and what it stands for if it is an AggregateError. Errors may cause each other. */
function causes(error: Specimen, locate: Locate, seen = new Set<object>()): string[] {
  seen.add(error.value)
  const [cause, errors] = [error.get("cause"), error.get("errors")]
  const isAggregate = Array.isArray(errors) && error.className === "AggregateError"
  const inner = [...(isAggregate ? errors : []), ...(cause === undefined ? [] : [cause])]
  return inner.slice(0, mostCauses).flatMap((each) => {
    if (!isError(each)) return [`caused by: ${plainText(each)}`]
    const one = new Specimen(each)
    const frames = cellFrames(stackOf(one), locate)
    const line = `caused by: ${nameOf(one)}: ${messageOf(one, frames)}`
    if (seen.has(each) || seen.size >= mostCauses) return [line]
    return [line, ...frames.map(describeFrame), ...details(one), ...causes(one, locate, seen)]
  })
}
