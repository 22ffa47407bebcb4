/** A file that exists for the type checker alone, among those of its standard library. */
export const modernLibFile = "lib.node20.d.ts"

/** What Node 20 has and the standard library of tslab's TypeScript does not know: copies instead of changes in place. */
export const modernLib = ["Array", "ReadonlyArray"]
  .map(declareArray)
  .concat(
    ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64"].map(
      (name) => declareTyped(`${name}Array`),
    ),
  )
  .join("\n")

function declareArray(name: string): string {
  return `interface ${name}<T> {
  /** A sorted copy. */
  toSorted(compare?: (a: T, b: T) => number): T[]
  /** A copy in reverse order. */
  toReversed(): T[]
  /** A copy with other items in place of some. */
  toSpliced(start: number, deleteCount?: number, ...items: T[]): T[]
  /** A copy with another item at an index. */
  with(index: number, value: T): T[]
}`
}

function declareTyped(name: string): string {
  return `interface ${name} {
  /** A sorted copy. */
  toSorted(compare?: (a: number, b: number) => number): ${name}
  /** A copy in reverse order. */
  toReversed(): ${name}
  /** A copy with another value at an index. */
  with(index: number, value: number): ${name}
}`
}
