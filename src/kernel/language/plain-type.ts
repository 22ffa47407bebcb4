/** Words that mean the same in every module. */
const words =
  "number|string|boolean|bigint|symbol|object|null|undefined|unknown|any|void|never|true|false|readonly"

/** Words, literals, brackets, arrows, and names only where they are keys or parameters. */
const plain = new RegExp(
  `^(?:[\\s()[\\]{}|&;,]|=>|(?:${words})\\b|[A-Za-z_$][\\w$]*\\??:|-?\\d[\\d.]*(?:e[+-]?\\d+)?n?|"(?:[^"\\\\\\n]|\\\\.)*")+$`,
)

/**
 * Whether a type, as the checker prints it, can be written into another module and mean the same there. Most
 * variables of most cells have such a type, and later cells then need no module to know it.
 */
export function isPlainType(type: string): boolean {
  return type.length <= 300 && plain.test(type)
}

/** A string, a number, or one of the booleans, which may be a key too. */
const literal = /(?<![\w$])(?:"|-?\d|(?:true|false)(?![\w$]|\??:))/

/** Whether a plain type has a literal in it. */
export function holdsLiteral(type: string): boolean {
  return literal.test(type)
}

/**
 * Whether a plain type has a function in it that returns literals, or nothing ever. Where nobody has written that down,
 * it is less than what it says: what a call gives is wider where it is assigned to something, and text behind a call is reached.
 */
export function returnsLiteral(type: string): boolean {
  const at = type.indexOf("=> ")
  return at >= 0 && (holdsLiteral(type.slice(at)) || /=> never\b/.test(type))
}
