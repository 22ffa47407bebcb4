import { stateExpression } from "./main-thread.js"

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

const words = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu

/** Compilers keep the exports of an import under such a name: `import { readFile }` reads as `fs_1.readFile`. */
const moduleName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*_\d+$/u

/**
 * An expression in the reader's names, for V8 to evaluate in a frame with these locals. In compiled code a name of
 * an earlier cell is a property of the state object and an imported one a property of its module, so those are
 * asked where the frame has no local of the name. Assignments go the same way.
 */
export function inOwnNames(expression: string, locals: readonly string[] = []): string {
  const scope = `new Proxy({}, {
    has: (_, name) => typeof name === "string" && !locals.includes(name) && objects.some((o) => name in o),
    get: (_, name) => typeof name === "string" ? objects.find((o) => name in o)?.[name] : undefined,
    set: (_, name, value) => Reflect.set(objects.find((o) => name in o), name, value),
  })`
  const given = `${JSON.stringify(locals)}, [${objectsBehind(locals).join(", ")}]`
  return `with (((locals, objects) => ${scope})(${given})) { ${asStatement(expression)}\n}`
}

/**
 * The same for an evaluation that may change nothing: to V8 a Proxy might, so the values that the expression names
 * are copied into an object of its own.
 */
export function inOwnNamesPure(expression: string, locals: readonly string[] = []): string {
  const names = new Set(expression.match(words)?.filter((name) => !locals.includes(name)))
  const objects = objectsBehind(locals)
  const copy = (name: string, i: number) => `...("${name}" in o[${i}] ? { ${name}: o[${i}].${name} } : {})`
  // Last come those that are asked first.
  const copies = objects.map((_, i) => [...names].map((name) => copy(name, i))).reverse()
  return `with (((o) => ({ ${copies.flat().join(", ")} }))([${objects.join(", ")}])) { ${asStatement(expression)}\n}`
}

/** Where names that are no locals are looked for, in this order. */
function objectsBehind(locals: readonly string[]): string[] {
  return [`${stateExpression} ?? {}`, ...locals.filter((name) => moduleName.test(name))]
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
