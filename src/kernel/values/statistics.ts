import { formatNumber } from "./format-number.js"

export type Numbers = ArrayLike<number> | ArrayLike<bigint>

/** `min -1, max 2, mean 0.5, 3 NaN`: one pass over all values; nothing for none. */
export function statistics(values: Numbers): string {
  if (values.length === 0) return ""
  let min: number | bigint = Number.POSITIVE_INFINITY
  let max: number | bigint = Number.NEGATIVE_INFINITY
  let sum = 0
  let missing = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
    if (Number.isNaN(value)) missing++
    else sum += Number(value)
  }
  const present = values.length - missing
  const notNumbers = missing > 0 ? [`${missing} NaN`] : []
  if (present === 0) return notNumbers.join()
  const facts = [
    `min ${formatNumber(min)}`,
    `max ${formatNumber(max)}`,
    `mean ${formatNumber(sum / present)}`,
  ]
  return [...facts, ...notNumbers].join(", ")
}
