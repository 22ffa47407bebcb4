import type { Runtime } from "node:inspector"
import { asArgument, type HandleGroup, importsExpression, type MainThread, unwrap } from "./main-thread.js"
import { isModuleName } from "./own-names.js"

type Remote = Runtime.RemoteObject

const words = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu

interface Place {
  locals: ReadonlyMap<string, Remote>
  /** Of the script. */
  url: string
  group: HandleGroup
}

/**
 * Evaluates without changing anything, for hovers: V8 refuses whatever might have an effect. It counts everything
 * among that which finds a name's value on the way, so the values come first, and are handed over as arguments.
 */
export async function evaluatePure(main: MainThread, expression: string, place: Place): Promise<Remote> {
  const { group } = place
  const values = await valuesOf(main, new Set(expression.match(words)), place)
  const globals = await main.evaluate("globalThis", group)
  // The types of this request do not know throwOnSideEffect.
  const request: Runtime.CallFunctionOnParameterType & { throwOnSideEffect: boolean } = {
    objectId: globals.objectId!,
    functionDeclaration: `function (${[...values.keys()].join(", ")}) { return (${expression}\n) }`,
    arguments: [...values.values()].map(asArgument),
    throwOnSideEffect: true,
    silent: true,
    generatePreview: true,
    objectGroup: group,
  }
  return unwrap(await main.session.post("Runtime.callFunctionOn", request))
}

/** The values of these names: of locals, else of imports, else of earlier cells, else of helpers. */
async function valuesOf(
  main: MainThread,
  names: ReadonlySet<string>,
  { locals, url, group }: Place,
): Promise<Map<string, Remote>> {
  const found = new Map([...locals].filter(([name]) => names.has(name)))
  const modules = [...locals].flatMap(([name, value]) => (isModuleName(name) ? [value] : []))
  // Imports are read, as they have getters.
  const picked = `(from => Object.fromEntries(${JSON.stringify([...names])}.filter(n => n in from).map(n => [n, from[n]])))`
  const imports = await main.evaluate(`${picked}(${importsExpression(url)})`, group)
  for (const object of [imports, await main.state(group), await main.helpers(group), ...modules]) {
    if (object?.objectId === undefined) continue
    for (const { name, value } of await main.properties(object.objectId))
      if (value && names.has(name) && !found.has(name)) found.set(name, value)
  }
  return found
}
