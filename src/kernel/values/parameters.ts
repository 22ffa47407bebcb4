/** What is no code, so that brackets in it are none; brackets; and the word before a constructor's. */
const tokens = new RegExp(
  [
    /\/\/.*|\/\*[\s\S]*?\*\//,
    /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|`(?:\\[\s\S]|[^`\\])*`/,
    // A regular expression stands where a value may start; elsewhere the slash divides.
    /(?<=[(,=:[!&|?{};+\-*%~^<>]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\//,
    /[()[\]{}]/,
    /\bconstructor(?=\s*\()/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
)

/**
 * The parameters of a function or of a class' constructor as its source has them, brackets included; undefined
 * for the engine's own functions.
 */
export function parametersOf(value: object): string | undefined {
  const source = Function.prototype.toString.call(value)
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return undefined
  if (/^class\b/.test(source)) return constructorParameters(source)
  const single = /^(?:async\s+)?([\w$]+)\s*=>/.exec(source)?.[1]
  return single === undefined ? firstBrackets(source, 0) : `(${single})`
}

/** The brackets that start first behind a place; a list in lines is joined into one. */
function firstBrackets(source: string, from: number): string | undefined {
  let depth = 0
  let start = -1
  for (const { 0: token, index } of source.matchAll(tokens)) {
    if (index < from) continue
    if (token === "(" && start < 0) start = index
    if (start < 0) continue
    if ("([{".includes(token)) depth++
    else if (")]}".includes(token) && --depth === 0) return oneLine(source.slice(start, index + 1))
  }
  return undefined
}

/** A class without a constructor has its parent's, or none. */
function constructorParameters(source: string): string {
  let depth = 0
  for (const { 0: token, index } of source.matchAll(tokens)) {
    if (token === "constructor" && depth === 1) return firstBrackets(source, index) ?? "()"
    if ("([{".includes(token)) depth++
    else if (")]}".includes(token)) depth--
  }
  return /^class\b[^{]*\bextends\b/.test(source) ? "(…)" : "()"
}

function oneLine(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replace("( ", "(")
    .replace(/,? \)$/, ")")
}
