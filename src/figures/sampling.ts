import type { Point } from "../training/index.js"

/**
 * At most `limit` points that look like all of them: of each run of neighbours the least and the largest, in
 * their order, so that no peak is lost. A notebook stores every point of a figure as text.
 */
export function sample(points: readonly Point[], limit: number): readonly Point[] {
  if (points.length <= limit) return points
  const size = Math.ceil(points.length / Math.floor(limit / 2))
  const kept: Point[] = []
  for (let from = 0; from < points.length; from += size) {
    const run = points.slice(from, from + size)
    const least = run.reduce((a, b) => (b.value < a.value ? b : a))
    const largest = run.reduce((a, b) => (b.value > a.value ? b : a))
    kept.push(...[...new Set([least, largest])].sort((a, b) => a.iteration - b.iteration))
  }
  return kept
}
