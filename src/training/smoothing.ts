/**
 * Exponential moving average with bias correction: s_t = w s_(t-1) + (1 - w) x_t, divided by 1 - w^t, so that
 * the first values are not pulled towards zero (Kingma & Ba 2015, "Adam", section 3). Values that are not
 * finite are passed over.
 *
 * @param weight w, from 0 (no smoothing) up to, but not including, 1
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let sum = 0
  let remaining = 1
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    sum = weight * sum + (1 - weight) * value
    remaining *= weight
    return sum / (1 - remaining)
  })
}
