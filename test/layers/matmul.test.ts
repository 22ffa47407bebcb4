import { describe, expect, test } from "vitest"
import { matmul, scalarMatmul, transposed } from "../../src/layers/matmul.js"
import { makeSimdBlocks } from "../../src/layers/simd-blocks.js"
import { generator } from "../engines/gpu/one-layer.js"

const random = generator("matmul")
/** Numbers of all sizes, so that every order of a sum gives another result. */
const numbers = (length: number) =>
  Float32Array.from({ length }, () => (random() - 0.5) * 2 ** Math.floor(random() * 20))
const upTo = (most: number) => 1 + Math.floor(random() * most)

const sizes = [
  [4, 4, 4],
  [5, 7, 9],
  [3, 100, 8],
  [100, 3, 8],
  [8, 8, 3],
  // More rows than are packed at a time, and rows longer than that.
  [300, 5, 900],
  [5, 6, 40_000],
  ...Array.from({ length: 20 }, () => [upTo(40), upTo(40), upTo(40)]),
] as [number, number, number][]

describe("products of matrices", () => {
  test("two doubles at a time are used where tests run", () => {
    expect(makeSimdBlocks()).toBeDefined()
  })

  test.each(sizes)("%i x %i results of %i products are the plain loop's, bit for bit", (m, n, k) => {
    const [a, b, bias] = [numbers(m * k + 3), numbers(n * k), numbers(m + 2)]
    for (const Floats of [Float32Array, Float64Array]) {
      for (const [strideM, strideN] of [
        [n, 1],
        [1, m],
      ] as const) {
        const [blocks, scalar] = [matmul, scalarMatmul].map((multiply) => {
          const c = new Floats(m * n + 1).fill(7)
          multiply(Floats.from(a), 3, Floats.from(b), m, n, k, bias, 2, c, 1, strideM, strideN)
          return c
        })
        expect(blocks).toEqual(scalar)
      }
    }
    const c = new Float64Array(m * n)
    matmul(a, 3, b, m, n, k, undefined, 0, c, 0, n, 1)
    for (let i = 0; i < m * n; i += 17) {
      let sum = 0
      for (let p = 0; p < k; p++) sum += a[3 + Math.floor(i / n) * k + p]! * b[(i % n) * k + p]!
      expect(c[i]).toBe(sum)
    }
  })

  test("infinities and what is not a number come through", () => {
    const a = new Float32Array(16).fill(1)
    const b = Float32Array.from(a)
    a[0] = Number.POSITIVE_INFINITY
    b[5] = Number.NaN
    const c = new Float32Array(16)
    matmul(a, 0, b, 4, 4, 4, undefined, 0, c, 0, 4, 1)
    const [endless, none] = [Number.POSITIVE_INFINITY, Number.NaN]
    expect([...c]).toEqual([endless, none, endless, endless, ...new Array(3).fill([4, none, 4, 4]).flat()])
  })
})

test("a part of a matrix is turned", () => {
  const matrix = Float32Array.of(9, 1, 2, 3, 4, 5, 6)
  expect([...transposed(matrix, 1, 2, 3)]).toEqual([1, 4, 2, 5, 3, 6])
})
