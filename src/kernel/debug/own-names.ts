import { importsExpression, stateExpression } from "./main-thread.js"

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

const moduleName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*_\d+$/u

/**
 * An expression in the reader's names, for V8 to evaluate in a frame with these locals. In compiled code a name of
 * an earlier cell is a property of the state object and an imported one a property of its module, so those are
 * asked where the frame has no local of the name. Assignments go the same way.
 *
 * @param url of the frame's script
 */
export function inOwnNames(expression: string, locals: readonly string[] = [], url = ""): string {
  const scope = `new Proxy({}, {
    has: (_, name) => typeof name === "string" && !locals.includes(name) && objects.some((o) => name in o),
    get: (_, name) => typeof name === "string" ? objects.find((o) => name in o)?.[name] : undefined,
    set: (_, name, value) => Reflect.set(objects.find((o) => name in o), name, value),
  })`
  const objects = [importsExpression(url), `${stateExpression} ?? {}`, ...locals.filter(isModuleName)]
  return `with (((locals, objects) => ${scope})(${JSON.stringify(locals)}, [${objects.join(", ")}])) { ${asStatement(expression)}\n}`
}

/** Compilers keep the exports of an import under such a name: `import { readFile }` reads as `fs_1.readFile`. */
export function isModuleName(name: string): boolean {
  return moduleName.test(name)
}

/** Whether a text can be read as one name. */
export function isName(text: string): boolean {
  return identifier.test(text)
}

/** At the start of a statement braces would be a block: here they mean an object, as in any console. */
function asStatement(expression: string): string {
  const trimmed = expression.trim().replace(/;+$/, "")
  return trimmed.startsWith("{") && trimmed.endsWith("}") ? `(${trimmed})` : trimmed
}
