import type { Runtime } from "node:inspector"
import { Session } from "node:inspector/promises"
import { PrelabError } from "../../error.js"

type Remote = Runtime.RemoteObject

/** Under this symbol the global object of the main thread holds the object with all values of cells. */
export const stateExpression = 'globalThis[Symbol.for("prelab.state")]'

/** The object with what a script imports, by the names that it gives it: that of all cells, or a file's. */
export function importsExpression(url: string): string {
  return `(globalThis[Symbol.for("prelab.imports")]?.(${JSON.stringify(url)}) ?? {})`
}

/** Handles to values are let go of in groups: those of one stop, and those of the variable explorer. */
export type HandleGroup = "stop" | "explorer"

/**
 * The main thread as seen from another one, through its inspector: served while the main thread computes and while
 * it is stopped. It connects when it is first asked for, as most kernels are never debugged.
 */
export class MainThread {
  #session: Session | undefined

  get session(): Session {
    if (this.#session) return this.#session
    this.#session = new Session()
    this.#session.connectToMainThread()
    return this.#session
  }

  close(): void {
    this.#session?.disconnect()
    this.#session = undefined
  }

  /** Calls a function there, whose code must stand by itself; gives a handle to its result. */
  async call(
    objectId: string,
    body: (this: never, ...args: never[]) => unknown,
    args: Runtime.CallArgument[],
    group: HandleGroup,
  ): Promise<Remote> {
    return unwrap(
      await this.session.post("Runtime.callFunctionOn", {
        objectId,
        functionDeclaration: body.toString(),
        arguments: args,
        silent: true,
        generatePreview: true,
        objectGroup: group,
      }),
    )
  }

  /** The same for a function whose result is plain JSON; a promise of it is waited for unless the thread is stopped. */
  async callForJson(
    objectId: string,
    body: (this: never, ...args: never[]) => unknown,
    args: Runtime.CallArgument[],
    awaitPromise: boolean,
  ): Promise<unknown> {
    const result = unwrap(
      await this.session.post("Runtime.callFunctionOn", {
        objectId,
        functionDeclaration: body.toString(),
        arguments: args,
        silent: true,
        returnByValue: true,
        awaitPromise,
      }),
    )
    return result.value
  }

  async evaluate(expression: string, group: HandleGroup): Promise<Remote> {
    return unwrap(
      await this.session.post("Runtime.evaluate", {
        expression,
        objectGroup: group,
        generatePreview: true,
        silent: true,
      }),
    )
  }

  /** An object's own properties; no getter runs. */
  async properties(objectId: string): Promise<Runtime.PropertyDescriptor[]> {
    const answer = await this.session.post("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      generatePreview: true,
    })
    return answer.result
  }

  /** The object with all values of cells; undefined before there is one. */
  async state(group: HandleGroup): Promise<Remote | undefined> {
    const state = await this.evaluate(stateExpression, group)
    return state.objectId === undefined ? undefined : state
  }

  /** The object that the cells' values inherit from: what is in scope in every cell. */
  async helpers(group: HandleGroup): Promise<Remote> {
    return this.evaluate(`Object.getPrototypeOf(${stateExpression} ?? {})`, group)
  }

  async release(group: HandleGroup): Promise<void> {
    await this.session.post("Runtime.releaseObjectGroup", { objectGroup: group })
  }
}

/** The result of an evaluation; what it threw becomes an error that says so in one line. */
export function unwrap(answer: {
  result: Remote
  exceptionDetails?: Runtime.ExceptionDetails | undefined
}): Remote {
  const { exceptionDetails, result } = answer
  if (!exceptionDetails) return result
  const { exception, text } = exceptionDetails
  const shown = exception?.description ?? (exception && "value" in exception ? String(exception.value) : text)
  throw new PrelabError("evaluation failed", shown.split("\n")[0])
}

/** How a value is handed over to a call on the main thread. */
export function asArgument(remote: Remote): Runtime.CallArgument {
  const { objectId, unserializableValue, value } = remote
  if (objectId !== undefined) return { objectId }
  return unserializableValue === undefined ? { value } : { unserializableValue }
}
