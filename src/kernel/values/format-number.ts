const thousands = new Intl.NumberFormat("en")

/** How many: `1,234`. */
export function formatCount(count: number): string {
  return thousands.format(count)
}

/** A measured value in five digits; whole numbers whole. */
export function formatNumber(value: number | bigint): string {
  if (typeof value === "bigint") return String(value)
  if (Object.is(value, -0)) return "-0"
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(5)))
}

/** `1 row`, `2 rows`. */
export function countOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? "" : "s"}`
}
