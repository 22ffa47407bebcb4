interface Stretch {
  last: number
  count: number
  sum: number
  least: number
  largest: number
}

/** Numbers that a point of a curve travels as: last iteration, mean, least, largest. */
export const pointSize = 4

/**
 * A curve of a limited number of points, however long it grows: where there would be more, two neighbours become one,
 * with the mean of all their values, the least and the largest. No peak is lost, and a mean of means is the mean.
 */
export class SampledCurve {
  readonly #most: number
  #stretches: Stretch[] = []
  /** Values that a point stands for. */
  #per = 1

  /** @param most an even number of points */
  constructor(most = 1500) {
    this.#most = most
  }

  /** @param spread the least and the largest of what `value` is the mean of */
  add(iteration: number, value: number, [least, largest] = [value, value]): void {
    const open = this.#stretches.at(-1)
    const one = { last: iteration, count: 1, sum: value, least, largest }
    if (open && open.count < this.#per) return void merge(open, one)
    this.#stretches.push(one)
    if (this.#stretches.length <= this.#most) return
    this.#per *= 2
    this.#stretches = this.#stretches.filter((stretch, i) => {
      const next = this.#stretches[i + 1]
      if (i % 2 === 0 && next) merge(stretch, next)
      return i % 2 === 0
    })
  }

  /** `pointSize` float32 a point. A curve of one value a point has means, least and largest alike. */
  toArray(): Float32Array {
    return Float32Array.from(
      this.#stretches.flatMap(({ last, count, sum, least, largest }) => [last, sum / count, least, largest]),
    )
  }
}

function merge(into: Stretch, { last, count, sum, least, largest }: Stretch): void {
  into.last = last
  into.count += count
  into.sum += sum
  into.least = Math.min(into.least, least)
  into.largest = Math.max(into.largest, largest)
}
