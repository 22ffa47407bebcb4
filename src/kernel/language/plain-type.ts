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
