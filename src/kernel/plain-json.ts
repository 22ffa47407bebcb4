/**
 * A copy that JSON and the structured clone algorithm both carry unchanged: typed arrays become arrays, BigInts
 * numbers (or digits where a double is not exact), functions and undefined properties go.
 */
export function plainJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return Number.isSafeInteger(Number(part)) ? Number(part) : String(part)
    if (ArrayBuffer.isView(part) && !(part instanceof DataView)) return Array.from(part as Uint8Array)
    if (part instanceof Map) return Object.fromEntries(part)
    if (part instanceof Set) return [...part]
    return part
  })
  return text === undefined ? null : JSON.parse(text)
}
