import type { Debugger, Runtime } from "node:inspector"
import { PrelabError } from "../../error.js"
import { allowsHit, type Breakpoint, type Breakpoints, logExpression } from "./breakpoints.js"
import { CatchFinder } from "./caught.js"
import type { CellSource } from "./cell-source.js"
import { mainThread, type StopReason } from "./dap.js"
import { type Frame, Frames } from "./frames.js"
import type { Scripts } from "./scripts.js"
import { type NextMove, type StepCommand, Stepping } from "./stepping.js"
import type { Variables } from "./variables.js"

type Paused = Debugger.PausedEventDataType

/** The main thread stopped, for a reader to look around. */
export interface Stop {
  reason: StopReason
  calls: readonly Debugger.CallFrame[]
  frames: Frames
  /** What was thrown. */
  exception?: Runtime.RemoteObject | undefined
  /** More than the reason says, such as what went wrong with a condition. */
  text?: string | undefined
  hits?: readonly Breakpoint[] | undefined
}

export type ExceptionFilter = "none" | "uncaught" | "all"

export interface StopsOptions {
  scripts: Scripts
  variables: Variables
  breakpoints: Breakpoints
  event: (name: string, body: object) => void
  log: (text: string) => void
}

/** So many functions of Node are walked through to get from an event to a cell's code that it calls. */
const patience = 1000

/**
 * Where the main thread stops and how it goes on. V8 pauses more often than readers want to: each of its pauses is
 * judged, and either becomes a stop or is left at once.
 */
export class Stops {
  exceptions: ExceptionFilter = "none"
  readonly #options: StopsOptions
  readonly #stepping: Stepping
  readonly #catches: CatchFinder
  #current: Stop | undefined
  /** V8's pause that has not been left yet. */
  #pause: Paused | undefined
  /** Steps that are left for a wished pause to find code of a cell; undefined without such a wish. */
  #pausing: number | undefined
  /** V8's breakpoints on all lines of the cell that a wished pause waits for. */
  readonly #entries: string[] = []
  #ignoring = false
  /** The description, with its stack, of the error that was shown last. */
  #lastError: string | undefined
  #lastFrame = 0

  constructor(options: StopsOptions) {
    this.#options = options
    this.#stepping = new Stepping(options.scripts)
    this.#catches = new CatchFinder(options.variables.main, options.scripts)
  }

  get #session() {
    return this.#options.variables.main.session
  }

  get current(): Stop | undefined {
    return this.#current
  }

  /** The stop that a request is about. */
  get(): Stop {
    if (!this.#current) throw new PrelabError("no cell is stopped")
    return this.#current
  }

  /** Whether pauses are ignored: until the next cell after an interrupt, and while debugging ends. */
  async ignore(ignoring: boolean): Promise<void> {
    if (ignoring) {
      await this.#removeEntries()
      this.#pausing = undefined
      this.#stepping.end()
    }
    this.#ignoring = ignoring
    await this.#session.post("Debugger.setSkipAllPauses", { skip: ignoring })
  }

  /**
   * A step that has left its cell does not go on in the next one; a wished pause does. V8's own would have to be led
   * through all that the kernel and Node do before the cell runs; so it stops at whichever line is the first to run.
   */
  async nextCell(cell: CellSource): Promise<void> {
    this.#stepping.end()
    if (this.#ignoring) await this.ignore(false)
    await this.#removeEntries()
    if (this.#pausing === undefined) return
    this.#pausing = undefined
    const { url } = cell.cell
    for (const { place } of cell.starts())
      try {
        const set = await this.#session.post("Debugger.setBreakpointByUrl", { url, ...place })
        this.#entries.push(set.breakpointId)
      } catch {
        // There is a breakpoint of the reader's: it stops there too.
      }
  }

  async #removeEntries(): Promise<void> {
    for (const breakpointId of this.#entries.splice(0))
      await this.#session.post("Debugger.removeBreakpoint", { breakpointId })
  }

  async pause(): Promise<void> {
    if (this.#pause) return
    this.#pausing = patience
    await this.#session.post("Debugger.pause")
  }

  async step(command: StepCommand): Promise<void> {
    this.#stepping.begin(command, this.get().calls)
    await this.#leave(command)
  }

  async resume(): Promise<void> {
    await this.#leave("resume")
  }

  async paused(pause: Paused): Promise<void> {
    this.#pause = pause
    let verdict: Stop | NextMove = "resume"
    try {
      verdict = await this.#judge(pause)
    } catch (error) {
      this.#options.log(`debugger: ${error instanceof Error ? error.stack : error}`)
    }
    if (typeof verdict === "object") await this.#removeEntries()
    if (this.#pause !== pause) return
    if (typeof verdict === "object") this.#show(verdict)
    else if (verdict !== "stop") await this.#leave(verdict)
  }

  forget(): void {
    this.exceptions = "none"
    this.#entries.length = 0
    this.#lastError = undefined
    this.#catches.forget()
  }

  /** Leaves a pause once, whoever asks first: a reader, an interrupt, or the pause's own judgement. */
  async #leave(how: "resume" | StepCommand): Promise<void> {
    if (!this.#pause) return
    this.#pause = undefined
    if (this.#current) {
      this.#current = undefined
      this.#options.event("continued", { threadId: mainThread.id, allThreadsContinued: true })
      await this.#options.variables.clear("stop")
    }
    await this.#session.post(`Debugger.${how}`)
  }

  #show(stop: Stop): void {
    this.#stepping.end()
    this.#pausing = undefined
    this.#current = stop
    const { reason, text, hits } = stop
    this.#options.event("stopped", {
      reason,
      threadId: mainThread.id,
      allThreadsStopped: true,
      preserveFocusHint: false,
      ...(text === undefined ? {} : { text }),
      ...(hits === undefined ? {} : { hitBreakpointIds: hits.map(({ id }) => id) }),
    })
  }

  async #judge(pause: Paused): Promise<Stop | NextMove> {
    if (this.#ignoring) return "resume"
    const { scripts, variables, breakpoints } = this.#options
    const { callFrames: calls, hitBreakpoints = [] } = pause
    const frames = new Frames(calls, scripts, variables, () => ++this.#lastFrame)
    const stop = (reason: StopReason, more: Partial<Stop> = {}): Stop => ({ reason, calls, frames, ...more })
    const top = frames.all[0]
    if (reasonsOf(pause).some((reason) => reason === "exception" || reason === "promiseRejection")) {
      const exception = pause.data as Runtime.RemoteObject
      if (top && (await this.#isWanted(pause)) && !(await this.#isKnown(pause, exception)))
        return stop("exception", { exception, text: firstLine(exception) })
    }
    if (top && hitBreakpoints.length > 0) {
      const hits = breakpoints.hit(hitBreakpoints)
      const accepted = []
      let text: string | undefined
      for (const hit of hits) {
        const answer = await acceptsHit(hit, frames, top)
        if (answer !== false) accepted.push(hit)
        if (typeof answer === "string") text = answer
      }
      if (accepted.length > 0) return stop("breakpoint", { hits: accepted, text })
    }
    if (top && hitBreakpoints.some((id) => this.#entries.includes(id))) return stop("pause")
    if (this.#pausing !== undefined) {
      if (top) return top.call === calls[0] ? stop("pause") : "stepOut"
      return this.#pausing-- > 0 ? "stepInto" : "resume"
    }
    if (this.#stepping.active) {
      const move = this.#stepping.next(calls)
      return move === "stop" ? stop("step") : move
    }
    if (top && (await this.#isDebuggerStatement(pause)))
      return stop("breakpoint", { text: "debugger statement" })
    return "resume"
  }

  /** Whether a thrown error is one of those that the reader asked for. */
  async #isWanted({ callFrames, asyncStackTrace, data }: Paused): Promise<boolean> {
    // How the kernel ends loops that a reader has stopped; nobody needs to be told.
    if ((data as Runtime.RemoteObject).className === "Interrupted") return false
    if (this.exceptions !== "uncaught") return this.exceptions === "all"
    const { scripts } = this.#options
    const isVisible = ({ scriptId }: { scriptId: string }) => scripts.isVisible(scripts.get(scriptId))
    const places = callFrames.map(({ location }) => location)
    const own = places.slice(0, places.findLastIndex(isVisible) + 1)
    const waiting = []
    for (let trace = asyncStackTrace; trace; trace = trace.parent)
      waiting.push(...trace.callFrames.filter(isVisible))
    return !(await this.#catches.isCaught([...own, ...waiting]))
  }

  /**
   * Whether the reader has seen an error where it was thrown. A cell's own `await` is compiled to `yield`, in which V8
   * sees a rejection thrown once more.
   */
  async #isKnown(pause: Paused, { description }: Runtime.RemoteObject): Promise<boolean> {
    const isKnown = description !== undefined && description === this.#lastError
    this.#lastError = description
    return isKnown && (await this.#isAt("yield", pause))
  }

  #isDebuggerStatement(pause: Paused): Promise<boolean> {
    return this.#isAt("debugger", pause)
  }

  /** Whether the script says this where the thread is. */
  async #isAt(word: string, { callFrames }: Paused): Promise<boolean> {
    const { scriptId, lineNumber, columnNumber = 0 } = callFrames[0]!.location
    const { scriptSource } = await this.#session.post("Debugger.getScriptSource", { scriptId })
    const startLine = this.#options.scripts.get(scriptId)?.startLine ?? 0
    const line = scriptSource.split("\n")[lineNumber - startLine] ?? ""
    return line.startsWith(word, columnNumber)
  }
}

/** Whether a breakpoint with conditions stops here; a text says that it does because they could not be told. */
async function acceptsHit(hit: Breakpoint, frames: Frames, top: Frame): Promise<boolean | string> {
  const { condition, logMessage } = hit.asked
  try {
    if (condition && (await frames.evaluate(top, `!!(${condition})`)).value !== true) return false
    hit.hits++
    if (!allowsHit(hit)) return false
    if (!logMessage) return true
    await frames.evaluate(top, logExpression(logMessage))
    return false
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function reasonsOf({ reason, data }: Paused): string[] {
  if (reason !== "ambiguous") return [reason]
  const { reasons = [] } = data as { reasons?: { reason: string }[] }
  return reasons.map((each) => each.reason)
}

function firstLine({ description, value }: Runtime.RemoteObject): string {
  return (description ?? String(value)).split("\n")[0] ?? ""
}
