import type { Runtime } from "node:inspector"
import { PrelabError } from "../../error.js"
import type { Dict } from "../dict.js"
import { Breakpoints } from "./breakpoints.js"
import { CellFiles, hashSeed } from "./cell-files.js"
import type { CompiledSource } from "./cell-source.js"
import {
  capabilities,
  type DebugRequest,
  type DebugResponse,
  mainThread,
  type SourceBreakpoint,
} from "./dap.js"
import type { Frame } from "./frames.js"
import { asArgument, type HandleGroup, MainThread } from "./main-thread.js"
import { bundleOf, writeProperty } from "./on-main.js"
import { inOwnNames, isName } from "./own-names.js"
import { evaluatePure } from "./pure-evaluation.js"
import { Scripts } from "./scripts.js"
import { Stops } from "./stops.js"
import { type Page, Variables } from "./variables.js"
import { withoutTypes } from "./without-types.js"

export interface DebugHost {
  /** Publishes a debug_event. */
  event(content: Dict): void
  log(text: string): void
  /** A client has come or gone. */
  attached?(active: boolean): void
  /** A value was added to the cells' values under a name that no cell declares. */
  defined?(name: string): void
  /** URLs of folders whose code is the kernel's own, or belongs to the program around it: readers do not see it. */
  hiddenFolders: readonly string[]
}

type Command = (args: Dict) => object | undefined | Promise<object | undefined>

/**
 * Debugs the main thread from another one: the Debug Adapter Protocol on one side, V8's inspector on the other.
 * Breakpoints, frames and names are those of the cells' TypeScript.
 */
export class Debugger {
  readonly #host: DebugHost
  readonly #main = new MainThread()
  readonly #files = new CellFiles()
  readonly #scripts: Scripts
  readonly #variables = new Variables(this.#main)
  readonly #breakpoints: Breakpoints
  readonly #stops: Stops
  #active = false
  #listening = false
  /** Requests that change breakpoints and the like happen one after the other. */
  #order: Promise<unknown> = Promise.resolve()
  #seq = 0

  constructor(host: DebugHost) {
    this.#host = host
    this.#scripts = new Scripts(host.hiddenFolders)
    const event = (name: string, body: object) => this.#event(name, body)
    this.#breakpoints = new Breakpoints(this.#main, this.#scripts, this.#files, (breakpoint) =>
      event("breakpoint", { reason: "changed", breakpoint }),
    )
    this.#stops = new Stops({
      scripts: this.#scripts,
      variables: this.#variables,
      breakpoints: this.#breakpoints,
      event,
      log: host.log,
    })
  }

  /** Whether a client is attached. */
  get active(): boolean {
    return this.#active
  }

  /** Answers a debug_request: its content in, the reply's content out. Never rejects. */
  async handle(content: Dict): Promise<Dict> {
    const { seq = 0, command = "", arguments: args = {} } = content as Partial<DebugRequest>
    const response = { type: "response" as const, request_seq: seq, command }
    const reply = (rest: Pick<DebugResponse, "success" | "message" | "body">): Dict => ({
      seq: ++this.#seq,
      ...response,
      ...rest,
    })
    try {
      const body = await this.#answer(command, args)
      return reply({ success: true, ...(body === undefined ? {} : { body }) })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return reply({ success: false, message, body: { error: { id: 1, format: message, showUser: false } } })
    }
  }

  /**
   * Says that a cell or a file is about to run; its breakpoints are set when this resolves. What runs while nobody
   * debugs is told too: breakpoints may be set later in functions that it declares.
   */
  async compiled(compiled: CompiledSource): Promise<void> {
    const path = compiled.path ?? this.#files.pathOf(compiled.code)
    const source = this.#scripts.add(compiled, path)
    if (!this.#active) return
    await this.#inOrder(async () => {
      await this.#breakpoints.setIn(source)
      await this.#stops.nextCell(source)
    })
  }

  /** Lets a stopped cell go on, without another stop, so that it can be interrupted. */
  async resumeForInterrupt(): Promise<void> {
    if (!this.#active) return
    await this.#stops.ignore(true)
    await this.#stops.resume()
  }

  /** Ends debugging, and lets go of the main thread. */
  async close(): Promise<void> {
    if (this.#active) await this.#detach()
    this.#main.close()
    this.#files.remove()
  }

  readonly #commands: Record<string, Command> = {
    initialize: ({ clientID }) => {
      this.#variables.typesOfPlainValues = clientID !== "jupyterlab"
      return this.#inOrder(() => this.#attach()).then(() => capabilities)
    },
    attach: ({ justMyCode }) => this.#inOrder(() => this.#begin(justMyCode === true)),
    launch: ({ justMyCode }) => this.#inOrder(() => this.#begin(justMyCode === true)),
    configurationDone: () => undefined,
    disconnect: () => this.#inOrder(() => this.#detach()),
    terminate: () => this.#inOrder(() => this.#detach()),

    debugInfo: () => ({
      isStarted: this.#active,
      hashMethod: "Murmur2",
      hashSeed: String(hashSeed),
      tmpFilePrefix: this.#files.prefix,
      tmpFileSuffix: this.#files.suffix,
      breakpoints: this.#breakpoints.list(),
      stoppedThreads: this.#stops.current ? [mainThread.id] : [],
      richRendering: true,
      exceptionPaths: ["TypeScript exceptions"],
      copyToGlobals: true,
    }),
    dumpCell: ({ code }) => ({ sourcePath: this.#files.dump(String(code ?? "")) }),
    source: ({ source, sourceReference }) => this.#source(source as Dict | undefined, sourceReference),
    modules: ({ startModule = 0, moduleCount = 0 }) => {
      const all = this.#scripts.files().map(({ id, url, path }) => ({ id, name: fileName(url), path }))
      const end = Number(moduleCount) > 0 ? Number(startModule) + Number(moduleCount) : all.length
      return { modules: all.slice(Number(startModule), end), totalModules: all.length }
    },

    setBreakpoints: ({ source, breakpoints = [] }) =>
      this.#inOrder(async () => ({
        breakpoints: await this.#breakpoints.set(
          String((source as Dict | undefined)?.path ?? ""),
          breakpoints as SourceBreakpoint[],
        ),
      })),
    setExceptionBreakpoints: ({ filters = [] }) =>
      this.#inOrder(() => this.#setExceptions(filters as string[])).then(() => ({ breakpoints: [] })),

    threads: () => ({ threads: [mainThread] }),
    stackTrace: ({ startFrame = 0, levels = 0 }) => {
      const frames = this.#stops.get().frames.all
      const end = Number(levels) > 0 ? Number(startFrame) + Number(levels) : frames.length
      const stackFrames = frames.slice(Number(startFrame), end).map(({ shown }) => shown)
      return { stackFrames, totalFrames: frames.length }
    },
    scopes: async ({ frameId }) => {
      const { frames } = this.#stops.get()
      return { scopes: await frames.scopes(frames.get(Number(frameId))) }
    },
    variables: async ({ variablesReference, ...page }) => ({
      variables: await this.#variables.get(Number(variablesReference)).list(pageOf(page)),
    }),
    setVariable: async ({ variablesReference, name, value }) => {
      const container = this.#variables.get(Number(variablesReference))
      const wanted = await this.#evaluate(String(value), undefined)
      return this.#described(await container.set(String(name), wanted), container.group)
    },
    evaluate: async ({ expression, frameId, context }) => {
      const value = await this.#evaluate(String(expression ?? ""), frameId, context === "hover")
      return this.#described(value, this.#group, String(expression))
    },
    exceptionInfo: () => {
      const { exception } = this.#stops.get()
      if (!exception) throw new PrelabError("stopped without an exception")
      const [description = ""] = (exception.description ?? String(exception.value)).split("\n")
      return {
        exceptionId: exception.className ?? exception.type,
        description,
        breakMode: this.#stops.exceptions === "all" ? "always" : "unhandled",
        details: { message: description, stackTrace: exception.description },
      }
    },

    pause: () => this.#stops.pause().then(nothing),
    continue: async () => {
      this.#stops.get()
      await this.#stops.resume()
      return { allThreadsContinued: true }
    },
    next: () => this.#stops.step("stepOver").then(nothing),
    stepIn: () => this.#stops.step("stepInto").then(nothing),
    stepOut: () => this.#stops.step("stepOut").then(nothing),

    inspectVariables: async () => {
      await this.#variables.clear("explorer")
      const state = await this.#main.state("explorer")
      return { variables: state ? await this.#variables.cells(state, "explorer").list({ start: 0 }) : [] }
    },
    richInspectVariables: ({ variableName, frameId }) => this.#richInspect(String(variableName), frameId),
    copyToGlobals: ({ srcVariableName, dstVariableName, srcFrameId }) =>
      this.#copyToCells(String(srcVariableName), String(dstVariableName), srcFrameId),
  }

  /** What can be asked while nobody debugs. */
  static readonly #always = new Set([
    ...["initialize", "disconnect", "terminate", "debugInfo", "dumpCell", "source"],
    ...["inspectVariables", "richInspectVariables", "variables", "setVariable", "evaluate", "threads"],
  ])

  #answer(command: string, args: Dict): object | undefined | Promise<object | undefined> {
    const answer = Object.hasOwn(this.#commands, command) ? this.#commands[command] : undefined
    if (!answer) throw new PrelabError("unknown debug request", command)
    if (!this.#active && !Debugger.#always.has(command))
      throw new PrelabError("debugger not attached", command, { hint: "send initialize and attach first" })
    return answer(args)
  }

  /** Runs a task behind the earlier ones, whether those failed or not: they have told their callers. */
  #inOrder<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#order.then(task, task)
    this.#order = result.catch(() => undefined)
    return result
  }

  async #attach(): Promise<void> {
    if (this.#active) return
    const { session } = this.#main
    this.#listen()
    this.#setActive(true)
    await session.post("Debugger.enable")
    await session.post("Debugger.setBlackboxPatterns", { patterns: this.#scripts.hidden })
    await this.#stops.ignore(false)
  }

  async #begin(ownCodeOnly: boolean): Promise<undefined> {
    if (ownCodeOnly) {
      this.#scripts.hidePackages()
      await this.#main.session.post("Debugger.setBlackboxPatterns", { patterns: this.#scripts.hidden })
    }
    this.#event("initialized", {})
    this.#event("thread", { reason: "started", threadId: mainThread.id })
    return undefined
  }

  async #detach(): Promise<undefined> {
    if (!this.#active) return undefined
    // First nothing may stop any more: between letting go and switching off a loop meets its breakpoint again.
    await this.#stops.ignore(true)
    await this.#stops.resume()
    await this.#main.session.post("Debugger.disable")
    this.#setActive(false)
    this.#stops.forget()
    this.#breakpoints.forget()
    this.#scripts.forget()
    this.#variables.typesOfPlainValues = true
    this.#event("terminated", {})
    return undefined
  }

  #setActive(active: boolean): void {
    this.#active = active
    this.#host.attached?.(active)
  }

  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    const { session } = this.#main
    session.on("Debugger.scriptParsed", ({ params }) => this.#scripts.parsed(params))
    session.on("Debugger.breakpointResolved", ({ params }) =>
      this.#breakpoints.resolved(params.breakpointId, params.location),
    )
    session.on("Debugger.paused", ({ params }) => void this.#stops.paused(params))
  }

  async #setExceptions(filters: readonly string[]): Promise<void> {
    const exceptions = filters.includes("all") ? "all" : filters.includes("uncaught") ? "uncaught" : "none"
    this.#stops.exceptions = exceptions
    const { session } = this.#main
    // To V8 all errors of cells are caught, by the kernel; see CatchFinder, which also looks at who awaits a promise.
    await session.post("Debugger.setPauseOnExceptions", { state: exceptions === "none" ? "none" : "all" })
    await session.post("Debugger.setAsyncCallStackDepth", { maxDepth: exceptions === "uncaught" ? 16 : 0 })
  }

  /** Values live as long as the stop in which they were asked for, or until the explorer looks again. */
  get #group(): HandleGroup {
    return this.#stops.current ? "stop" : "explorer"
  }

  /** Evaluates in a frame of the stop, or else among the cells' values. */
  async #evaluate(expression: string, frameId: unknown, pure = false): Promise<Runtime.RemoteObject> {
    const frame = this.#frame(frameId)
    if (!frame) {
      const plain = await withoutTypes(expression)
      return pure
        ? evaluatePure(this.#main, plain, { locals: new Map(), url: "", group: this.#group })
        : this.#main.evaluate(inOwnNames(plain), this.#group)
    }
    const { frames } = this.#stops.get()
    return pure ? frames.evaluatePure(frame, expression) : frames.evaluate(frame, expression)
  }

  /** The frame of that id; without one the innermost, and none where nothing is stopped. */
  #frame(id: unknown): Frame | undefined {
    const frames = this.#stops.current?.frames
    return typeof id === "number" ? frames?.get(id) : frames?.all[0]
  }

  async #described(value: Runtime.RemoteObject, group: HandleGroup, expression?: string): Promise<object> {
    const { value: result, name: _, ...rest } = await this.#variables.variable("", value, group, expression)
    return { result, value: result, ...rest }
  }

  async #source(source: Dict | undefined, reference: unknown): Promise<object> {
    const scriptId = String(source?.sourceReference || reference || "")
    if (scriptId !== "") {
      const { scriptSource } = await this.#main.session.post("Debugger.getScriptSource", { scriptId })
      return { content: scriptSource, mimeType: "text/javascript" }
    }
    const path = String(source?.path ?? "")
    const content = this.#files.textOf(path)
    if (content === undefined) throw new PrelabError("no source file", path)
    return { content }
  }

  async #richInspect(name: string, frameId: unknown): Promise<object> {
    if (!isName(name)) throw new PrelabError("not the name of a variable", name)
    const value = await this.#evaluate(name, frameId)
    const state = await this.#main.state(this.#group)
    if (!state?.objectId) throw new PrelabError("no cell has run")
    // A stopped thread settles no promise: what shows itself by one is shown as text then.
    const bundle = await this.#main.callForJson(
      state.objectId,
      bundleOf,
      [asArgument(value), { value: this.#stops.current === undefined }],
      this.#stops.current === undefined,
    )
    return { data: bundle, metadata: {} }
  }

  async #copyToCells(from: string, to: string, frameId: unknown): Promise<object> {
    if (!isName(to)) throw new PrelabError("not the name of a variable", to)
    const value = await this.#evaluate(from, frameId)
    const state = await this.#main.state(this.#group)
    if (!state?.objectId) throw new PrelabError("no cell has run")
    await this.#main.call(state.objectId, writeProperty, [{ value: to }, asArgument(value)], this.#group)
    this.#host.defined?.(to)
    return this.#described(value, this.#group, to)
  }

  #event(event: string, body: object): void {
    this.#host.event({ seq: ++this.#seq, type: "event", event, body })
  }
}

function nothing(): undefined {}

function pageOf({ filter, start = 0, count }: Dict): Page {
  return {
    filter: filter === "named" || filter === "indexed" ? filter : undefined,
    start: Number(start),
    // To clients 0 means all.
    count: Number(count) > 0 ? Number(count) : undefined,
  }
}

function fileName(url: string): string {
  return url.slice(Math.max(url.lastIndexOf("/"), url.lastIndexOf("\\")) + 1)
}
