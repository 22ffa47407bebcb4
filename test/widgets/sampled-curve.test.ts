import { expect, test } from "vitest"
import { pointSize, SampledCurve } from "../../src/widgets/sampled-curve.js"

function pointsOf(curve: SampledCurve): number[][] {
  const all = Array.from(curve.toArray())
  return Array.from({ length: all.length / pointSize }, (_, i) =>
    all.slice(i * pointSize, (i + 1) * pointSize),
  )
}

test("a short curve has every value", () => {
  const curve = new SampledCurve(4)
  for (const [i, value] of [3, 1, 2, 5].entries()) curve.add(i, value)
  expect(pointsOf(curve)).toEqual([
    [0, 3, 3, 3],
    [1, 1, 1, 1],
    [2, 2, 2, 2],
    [3, 5, 5, 5],
  ])
})

test("past its limit neighbours become one point with their mean, least and largest", () => {
  const curve = new SampledCurve(4)
  for (const [i, value] of [3, 1, 2, 5, 7, 9, 4].entries()) curve.add(i, value)
  expect(pointsOf(curve)).toEqual([
    [1, 2, 1, 3],
    [3, 3.5, 2, 5],
    [5, 8, 7, 9],
    [6, 4, 4, 4],
  ])
})

test("a curve of 100,000 values has at most 1,500 points, ends where they end, and loses neither peak nor mean", () => {
  const curve = new SampledCurve()
  let sum = 0
  for (let i = 0; i < 100_000; i++) {
    const value = i === 77_777 ? 1000 : (i * 7919) % 11
    sum += value
    curve.add(i, value)
  }
  const points = pointsOf(curve)
  expect(points.length).toBeLessThanOrEqual(1500)
  expect(points.length).toBeGreaterThan(700)
  expect(points.at(-1)![0]).toBe(99_999)
  expect(Math.max(...points.map(([, , , largest]) => largest!))).toBe(1000)
  const counts = points.map(([last], i) => last! - (i === 0 ? -1 : points[i - 1]![0]!))
  const mean = points.reduce((total, [, value], i) => total + value! * counts[i]!, 0) / 100_000
  expect(mean).toBeCloseTo(sum / 100_000, 4)
})

test("a value that is a mean itself brings its spread along", () => {
  const curve = new SampledCurve(2)
  curve.add(0, 1, [0, 2])
  curve.add(10, 3, [-1, 7])
  curve.add(20, 5, [5, 5])
  expect(pointsOf(curve)).toEqual([
    [10, 2, -1, 7],
    [20, 5, 5, 5],
  ])
})
