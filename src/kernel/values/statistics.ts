import { formatNumber } from "./format-number.js"

export type Numbers = ArrayLike<number> | ArrayLike<bigint>

/** Values from which looking at all of them takes noticeable time. */
const mostValues = 20_000_000

/** `float32 array of 5: min -1, max 2, mean 0.5, 1 NaN`: one pass over all values; of very many, only what they are. */
export function captionOf(kind: string, values: Numbers): string {
  const facts = values.length > mostValues ? "" : statistics(values)
  return facts ? `${kind}: ${facts}` : kind
}

function statistics(values: Numbers): string {
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
