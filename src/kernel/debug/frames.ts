import type { Debugger, Runtime } from "node:inspector"
import { PrelabError } from "../../error.js"
import type { Scope, StackFrame, Variable } from "./dap.js"
import { asArgument, unwrap } from "./main-thread.js"
import { inOwnNames, inOwnNamesPure } from "./own-names.js"
import { readerPlace, type Script, type Scripts } from "./scripts.js"
import type { Container, Variables } from "./variables.js"

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
  readonly #locals = new Map<number, Promise<string[]>>()

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
  async evaluate(frame: Frame, expression: string, { pure = false } = {}): Promise<Runtime.RemoteObject> {
    const locals = await this.#localNames(frame)
    return unwrap(
      await this.variables.main.session.post("Debugger.evaluateOnCallFrame", {
        callFrameId: frame.call.callFrameId,
        expression: pure ? inOwnNamesPure(expression, locals) : inOwnNames(expression, locals),
        objectGroup: "stop",
        generatePreview: true,
        silent: true,
        throwOnSideEffect: pure,
      }),
    )
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

  /** The names that a frame's code sees, whoever wrote them. */
  #localNames(frame: Frame): Promise<string[]> {
    const known = this.#locals.get(frame.id)
    if (known) return known
    const found = this.#readLocalNames(frame)
    this.#locals.set(frame.id, found)
    return found
  }

  async #readLocalNames(frame: Frame): Promise<string[]> {
    const scopes = frame.call.scopeChain.filter(({ type }) => type !== "global" && type !== "script")
    const names = await Promise.all(
      scopes.map(async ({ object }) => {
        const properties = await this.#propertiesOf(object.objectId!)
        return properties.map(({ name }) => name)
      }),
    )
    return [...new Set(names.flat())]
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
          for (const { name, value } of await this.#propertiesOf(objectId))
            if (isShown(name)) show(name, value ?? notYet, name)
        if (withThis && isShown("this") && receiver.objectId) show("this", receiver, "this")
        return Promise.all(shown.values())
      },
      set: async (name, value) => {
        for (const { objectId, number } of parts) {
          const known = await this.#propertiesOf(objectId)
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

  async #propertiesOf(objectId: string): Promise<Runtime.PropertyDescriptor[]> {
    const { result } = await this.variables.main.session.post("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      generatePreview: true,
    })
    return result
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
