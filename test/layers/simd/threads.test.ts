import { runInNewContext } from "node:vm"
import { afterEach, describe, expect, test, vi } from "vitest"
import * as layers from "../../../src/layers/index.js"
import { columnsOf, matrixProduct, rowsOf } from "../../../src/layers/matrix-product.js"
import { LONG, threadCount } from "../../../src/layers/simd/threads.js"
import { workshopFor } from "../../../src/layers/simd/workshop.js"
import { count } from "../../../src/net/index.js"
import { setStopCheck } from "../../../src/stop.js"
import { difference, numbers, passOf, type RandomLayer, randomLayers } from "./random-layers.js"

afterEach(() => {
  vi.unstubAllEnvs()
  vi.doUnmock("../../../src/layers/simd/workshop.js")
  vi.doUnmock("node:worker_threads")
  vi.resetModules()
})

const types = Object.keys(randomLayers)

/** The same pass again with the same numbers: they are drawn once. */
function repeatable(type: string, layer: RandomLayer) {
  const x = numbers(count(layer.bottom))
  const drawn = new Map<string, Float32Array>()
  const draw = (what: string) => (length: number) => {
    const key = `${what} ${length}`
    if (!drawn.has(key)) drawn.set(key, numbers(length))
    return drawn.get(key)!
  }
  return (from: Parameters<typeof passOf>[0] = layers) =>
    passOf(from, type, layer, { x, blobs: draw("blob"), diff: draw("diff") })
}

test("as many threads as processors, or as many as PRELAB_THREADS says", () => {
  vi.stubEnv("PRELAB_THREADS", "3")
  expect(threadCount()).toBe(3)
  vi.stubEnv("PRELAB_THREADS", "1000")
  expect(threadCount()).toBe(16)
  vi.stubEnv("PRELAB_THREADS", "many")
  expect(threadCount()).toBe(1)
  vi.stubEnv("PRELAB_THREADS", "")
  expect(threadCount()).toBeGreaterThan(0)
})

test("other threads take turns", async () => {
  vi.stubEnv("PRELAB_THREADS", "3")
  const [a, b] = [numbers(200 * 300), numbers(500 * 300)]
  const turns = () => workshopFor(0)!.turns
  // They need a moment to start, and a busy machine more than one to run them.
  while (!(turns()[1]! > 0 && turns()[2]! > 0)) {
    matrixProduct(rowsOf(a, 200), rowsOf(b, 500), 300)
    await new Promise(setImmediate)
  }
  expect(turns()).toHaveLength(3)
})

describe.each(types)("%s, forward and back", (type) => {
  test("is the same with any number of threads, bit for bit", () => {
    for (let i = 0; i < 8; i++) {
      const pass = repeatable(type, randomLayers[type]!(4))
      const [one, ...others] = [1, 2, 3, 7].map((threads) => {
        vi.stubEnv("PRELAB_THREADS", String(threads))
        return pass()
      })
      for (const other of others) expect(difference(other, one!)).toBeUndefined()
    }
  })

  test("is the same without WebAssembly, bit for bit", async () => {
    const here = Array.from({ length: 60 }, () => repeatable(type, randomLayers[type]!(1)))
    const results = here.map((pass) => pass())
    vi.resetModules()
    vi.doMock("../../../src/layers/simd/workshop.js", () => ({ workshopFor: () => undefined }))
    const plain = await import("../../../src/layers/index.js")
    expect(plain.layerTypeOf).not.toBe(layers.layerTypeOf)
    here.forEach((pass, i) => {
      expect(difference(pass(plain), results[i]!)).toBeUndefined()
    })
  })
})

test("several bottoms share the weights of a convolution: their diffs are added one after the other", () => {
  const shape = [2, 3, 9, 9]
  const bottoms = [numbers(count(shape), false), numbers(count(shape), false)]
  const weight = { shape: [4, 3, 3, 3], data: numbers(108, false) }
  const diffs = [numbers(392, false), numbers(392, false)]
  const message = { convolution_param: { num_output: 4, kernel_size: [3], bias_term: false } }
  const layer = { name: "c", type: "Convolution", message, blobs: [] } as unknown as Parameters<
    typeof layers.layerTypeOf
  >[0]
  const type = layers.layerTypeOf(layer)
  const backward = (which: readonly number[]) =>
    type.backward!(
      {
        ...{ layer, params: type.parse(message, layer), phase: "TRAIN", blobs: [weight] },
        ...{ bottoms: which.map(() => shape), tops: which.map(() => [2, 4, 7, 7]) },
      },
      {
        ...{ bottoms: which.map((i) => bottoms[i]!), tops: [], topDiffs: which.map((i) => diffs[i]!) },
        ...{ propagateDown: which.map(() => false), paramPropagateDown: [true] },
      },
    ).blobDiffs![0]!
  const [both, first, second] = [backward([0, 1]), backward([0]), backward([1])]
  const largest = both.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  // Each of the two was rounded to float32.
  both.forEach((v, i) => {
    expect(Math.abs(v - (first[i]! + second[i]!))).toBeLessThanOrEqual(2 ** -22 * largest)
  })
})

test("a matrix can be read along its rows and along its columns", () => {
  const a = Float32Array.of(1, 2, 3, 4, 5, 6)
  const b = Float32Array.of(1, 10, 100, 1000, 10_000, 100_000)
  expect([...matrixProduct(rowsOf(a, 2), rowsOf(b, 2), 3)]).toEqual([321, 321_000, 654, 654_000])
  expect([...matrixProduct(columnsOf(a, 2), columnsOf(b, 2), 2, Float32Array.of(0.5, 0, 0))]).toEqual([
    4001.5, 40_010, 400_100, 5002.5, 50_020, 500_200, 6003.5, 60_030, 600_300,
  ])
})

test("a product that was stopped half way leaves the threads ready for the next one", () => {
  vi.stubEnv("PRELAB_THREADS", "3")
  const [a, b] = [numbers(600 * 900, false), numbers(900 * 900, false)]
  const [small, tiny] = [numbers(90 * 90, false), numbers(90 * 90, false)]
  const expected = matrixProduct(rowsOf(small, 90), rowsOf(tiny, 90), 90)
  const endless = () => {
    for (;;) matrixProduct(rowsOf(a, 600), rowsOf(b, 900), 900)
  }
  for (let i = 0; i < 5; i++) {
    expect(() => runInNewContext("endless()", { endless }, { timeout: 20 + 7 * i })).toThrow(/timed out/)
    expect(matrixProduct(rowsOf(small, 90), rowsOf(tiny, 90), 90)).toEqual(expected)
  }
})

/** Does work that is stopped when it looks for a Stop for the n-th time; how often it has looked. */
function stoppedAt(n: number, work: () => unknown): number {
  let looks = 0
  setStopCheck(() => {
    if (++looks === n) throw new Error("stopped by the reader")
  })
  try {
    if (n < Number.POSITIVE_INFINITY) expect(work).toThrow("stopped by the reader")
    else work()
  } finally {
    setStopCheck(() => {})
  }
  return looks
}

test("a large job has so many turns that a Stop need not wait long", () => {
  vi.stubEnv("PRELAB_THREADS", "1")
  const [a, b] = [numbers(400 * 900, false), numbers(900 * 900, false)]
  expect(
    stoppedAt(Number.POSITIVE_INFINITY, () => matrixProduct(rowsOf(a, 400), rowsOf(b, 900), 900)),
  ).toBeGreaterThan((400 * 900 * 900) / LONG)
})

test("a Stop between two turns leaves the threads ready for the next product", () => {
  vi.stubEnv("PRELAB_THREADS", "3")
  const [a, b] = [numbers(300 * 900, false), numbers(900 * 900, false)]
  const [small, tiny] = [numbers(90 * 90, false), numbers(90 * 90, false)]
  const expected = matrixProduct(rowsOf(small, 90), rowsOf(tiny, 90), 90)
  for (let n = 1; n < 5; n++) {
    expect(stoppedAt(n, () => matrixProduct(rowsOf(a, 300), rowsOf(b, 900), 900))).toBe(n)
    expect(matrixProduct(rowsOf(small, 90), rowsOf(tiny, 90), 90)).toEqual(expected)
  }
})

const large: Readonly<Record<string, RandomLayer>> = {
  // More rows than are packed at a time, and a last part of one row.
  InnerProduct: { message: { inner_product_param: { num_output: 9 } }, bottom: [129, 5000] },
  // More images than are added up at a time.
  Convolution: {
    message: { convolution_param: { num_output: 48, kernel_size: [3], pad: [1] } },
    bottom: [11, 16, 28, 28],
  },
}

test.each(Object.entries(large))("%s in several jobs is the same as without", async (type, layer) => {
  const pass = repeatable(type, layer)
  const result = pass()
  vi.resetModules()
  vi.doMock("../../../src/layers/simd/workshop.js", () => ({ workshopFor: () => undefined }))
  expect(difference(pass(await import("../../../src/layers/index.js")), result)).toBeUndefined()
})

test("where threads cannot be started, one does it all", async () => {
  vi.stubEnv("PRELAB_THREADS", "4")
  const [a, b] = [numbers(100 * 200, false), numbers(300 * 200, false)]
  const expected = matrixProduct(rowsOf(a, 100), rowsOf(b, 300), 200)
  vi.resetModules()
  vi.doMock("node:worker_threads", () => ({
    Worker: class {
      constructor() {
        throw new Error("Access to this API has been restricted")
      }
    },
  }))
  const alone = await import("../../../src/layers/matrix-product.js")
  const { workshopFor } = await import("../../../src/layers/simd/workshop.js")
  expect(alone.matrixProduct(rowsOf(a, 100), rowsOf(b, 300), 200)).toEqual(expected)
  const [own, ...others] = workshopFor(0)!.turns
  expect(own).toBeGreaterThan(0)
  expect(others.every((turns) => turns === 0)).toBe(true)
})
