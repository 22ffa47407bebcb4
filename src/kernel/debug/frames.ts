import type { Debugger, Runtime } from "node:inspector"
import { PrelabError } from "../../error.js"
import type { Scope, StackFrame, Variable } from "./dap.js"
import { asArgument, unwrap } from "./main-thread.js"
import { inOwnNames } from "./own-names.js"
import { evaluatePure } from "./pure-evaluation.js"
import { readerPlace, type Script, type Scripts } from "./scripts.js"
import type { Container, Variables } from "./variables.js"
import { withoutTypes } from "./without-types.js"

/** A frame that the reader sees. */
export interface Frame {
  id: number
  call: Debugger.CallFrame
  script: Script
  shown: StackFrame
}

interface ScopePart {
  objectId: string
  /** V8's number of the scope in its frame. */
  number: number
}

/** V8's kinds of scopes that clients show as "Locals", innermost first. */
const localKinds = new Set(["local", "block", "catch", "with", "eval"])

/** The frames of one stop, and what is in their scopes. */
export class Frames {
  readonly #frames: Frame[]

  constructor(
    calls: readonly Debugger.CallFrame[],
    scripts: Scripts,
    readonly variables: Variables,
    nextId: () => number,
  ) {
    this.#frames = calls.flatMap((call) => {
      const script = scripts.get(call.location.scriptId)
      if (!scripts.isVisible(script)) return []
      const { lineNumber, columnNumber = 0 } = call.location
      const place = readerPlace(script, { lineNumber, columnNumber })
      if (!place) return []
      const id = nextId()
      return [{ id, call, script, shown: { id, name: nameOf(call, script), ...place } }]
    })
  }

  get all(): readonly Frame[] {
    return this.#frames
  }

  get(id: number): Frame {
    const frame = this.#frames.find((candidate) => candidate.id === id)
    if (!frame) throw new PrelabError("frame no longer known", id)
    return frame
  }

  /** Evaluates in the reader's names, those of earlier cells included. */
  async evaluate(frame: Frame, expression: string): Promise<Runtime.RemoteObject> {
    const locals = await this.#localNames(frame)
    return unwrap(
      await this.variables.main.session.post("Debugger.evaluateOnCallFrame", {
        callFrameId: frame.call.callFrameId,
        expression: inOwnNames(await withoutTypes(expression), locals, frame.script.url),
        objectGroup: "stop",
        generatePreview: true,
        silent: true,
      }),
    )
  }

  async evaluatePure(frame: Frame, expression: string): Promise<Runtime.RemoteObject> {
    const locals = await this.#localsOf(frame.call)
    return evaluatePure(this.variables.main, await withoutTypes(expression), {
      locals,
      url: frame.script.url,
      group: "stop",
    })
  }

  async scopes(frame: Frame): Promise<Scope[]> {
    const scopes: Scope[] = []
    const add = (name: string, container: Container, more: Partial<Scope> = {}) =>
      scopes.push({ name, variablesReference: this.variables.add(container), expensive: false, ...more })
    const chain = frame.call.scopeChain.map((scope, number) => ({ ...scope, number }))
    const locals = chain.filter(({ type }) => localKinds.has(type))
    add("Locals", this.#scope(frame, locals.map(partOf), true), { presentationHint: "locals" })
    for (const scope of chain.filter(({ type }) => type === "closure" || type === "module")) {
      const container = this.#scope(frame, [partOf(scope)], false)
      const shown = await container.list({ start: 0 })
      if (shown.length > 0) add(scope.name ? `Closure (${scope.name})` : "Closure", container)
    }
    const state = await this.variables.main.state("stop")
    if (state) add("Cells", this.variables.cells(state, "stop"))
    return scopes
  }

  /** Asked for at every hit of a breakpoint with a condition. */
  async #localNames({ call, script: { names } }: Frame): Promise<readonly string[]> {
    const place = `${call.location.lineNumber}:${call.location.columnNumber}`
    const known = names.get(place)
    if (known) return known
    const found = [...(await this.#localsOf(call)).keys()]
    names.set(place, found)
    return found
  }

  /** Every variable that a frame's code sees, whoever wrote it; those of inner scopes hide outer ones. */
  async #localsOf(call: Debugger.CallFrame): Promise<Map<string, Runtime.RemoteObject>> {
    const scopes = call.scopeChain.filter(({ type }) => type !== "global" && type !== "script")
    const locals = new Map<string, Runtime.RemoteObject>()
    for (const { object } of scopes)
      for (const { name, value } of await this.variables.main.properties(object.objectId!))
        if (!locals.has(name)) locals.set(name, value ?? notYet)
    return locals
  }

  /** One or several of V8's scopes as one list; an inner variable hides an outer one of its name. */
  #scope(frame: Frame, parts: ScopePart[], withThis: boolean): Container {
    const { cell } = frame.script
    const isShown = (name: string) => cell === undefined || cell.mentions(name)
    return {
      group: "stop",
      list: async () => {
        const shown = new Map<string, Promise<Variable>>()
        const show = (name: string, value: Runtime.RemoteObject, evaluateName?: string) =>
          shown.has(name) || shown.set(name, this.variables.variable(name, value, "stop", evaluateName))
        const { returnValue, this: receiver } = frame.call
        if (withThis && returnValue) show("return value", returnValue)
        for (const { objectId } of parts)
          for (const { name, value } of await this.variables.main.properties(objectId))
            if (isShown(name)) show(name, value ?? notYet, name)
        if (withThis && isShown("this") && receiver.objectId) show("this", receiver, "this")
        return Promise.all(shown.values())
      },
      set: async (name, value) => {
        for (const { objectId, number } of parts) {
          const known = await this.variables.main.properties(objectId)
          if (!known.some((property) => property.name === name)) continue
          await this.variables.main.session.post("Debugger.setVariableValue", {
            callFrameId: frame.call.callFrameId,
            scopeNumber: number,
            variableName: name,
            newValue: asArgument(value),
          })
          return value
        }
        throw new PrelabError("no such variable", name)
      },
    }
  }
}

/** What V8 gives for a `let` before its declaration ran. */
const notYet: Runtime.RemoteObject = { type: "undefined" }

function partOf({ object, number }: { object: Runtime.RemoteObject; number: number }): ScopePart {
  return { objectId: object.objectId!, number }
}

/** The code of a cell's top level is in functions that the kernel made. */
function nameOf({ functionName }: Debugger.CallFrame, { cell, url }: Script): string {
  const last = functionName.split(".").at(-1) ?? ""
  if (cell) return cell.mentions(last) ? functionName.replace(/^exports\./, "") : cell.cell.label
  return functionName || url.slice(url.lastIndexOf("/") + 1)
}
