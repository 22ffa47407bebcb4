import type { Debugger } from "node:inspector"
import { readerPlace, type Scripts } from "./scripts.js"

export type StepCommand = "stepOver" | "stepInto" | "stepOut"

/** What to do with a stop that a step led to: show it, go on, or step once more. */
export type NextMove = "stop" | "resume" | StepCommand

/** So often a step goes on by itself; past that the reader sees where it got to. */
const patience = 200

interface Place {
  depth: number
  scriptId: string
  line: number | undefined
}

/**
 * V8 steps by statements of the script, readers by lines of what they wrote: a step goes on until it gets to another
 * line of theirs. It also leaves Node's own code again: V8 is told to pass over it, but does not where that code was
 * loaded from Node's snapshot (nodejs/node#50058).
 */
export class Stepping {
  #command: StepCommand | undefined
  #from: Place | undefined
  #left = 0

  constructor(readonly scripts: Scripts) {}

  get active(): boolean {
    return this.#command !== undefined
  }

  begin(command: StepCommand, calls: readonly Debugger.CallFrame[]): void {
    this.#command = command
    this.#from = this.#place(calls)
    this.#left = patience
  }

  end(): void {
    this.#command = undefined
  }

  next(calls: readonly Debugger.CallFrame[]): NextMove {
    const move = this.#nextMove(calls)
    if (move === "stop" || move === "resume") this.end()
    return move
  }

  #nextMove(calls: readonly Debugger.CallFrame[]): NextMove {
    if (this.#command === undefined) return "stop"
    const isVisible = (call: Debugger.CallFrame) =>
      this.scripts.isVisible(this.scripts.get(call.location.scriptId))
    if (!calls.some(isVisible)) return "resume"
    if (this.#left-- <= 0) return "stop"
    if (!isVisible(calls[0]!)) return "stepOut"
    const place = this.#place(calls)
    if (place?.line === undefined) return this.#command === "stepOut" ? "stepOver" : this.#command
    const from = this.#from
    const stayed = place.depth === from?.depth && place.scriptId === from.scriptId && place.line === from.line
    return stayed && this.#command !== "stepOut" ? this.#command : "stop"
  }

  #place(calls: readonly Debugger.CallFrame[]): Place | undefined {
    const top = calls[0]
    const script = top && this.scripts.get(top.location.scriptId)
    if (!script) return undefined
    const { lineNumber, columnNumber = 0 } = top.location
    const line = readerPlace(script, { lineNumber, columnNumber })?.line
    return { depth: calls.length, scriptId: script.id, line }
  }
}
