import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readIdx } from "../../src/formats/idx.js"
import { loadMnist } from "../../src/training/index.js"

/** An IDX file of bytes: 0, 1, 2, … */
function idx(...shape: number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head.writeUInt32BE(0x0800 + shape.length)
  for (const [i, extent] of shape.entries()) head.writeUInt32BE(extent, 4 + 4 * i)
  const length = shape.reduce((product, extent) => product * extent, 1)
  return Buffer.concat([head, Uint8Array.from({ length }, (_, i) => i)])
}

describe("IDX files", () => {
  test("are read as their bytes, scaled, as many items as are wanted", () => {
    expect(readIdx(idx(2, 3))).toEqual({ shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) })
    expect(readIdx(idx(2, 3), 1 / 256, 1)).toEqual({
      shape: [1, 3],
      data: Float32Array.of(0, 1 / 256, 2 / 256),
    })
    expect(readIdx(idx(2), 1, 9).shape).toEqual([2])
  })

  test("that are none, or too short, are refused", () => {
    expect(() => readIdx(Buffer.from("hello, world"))).toThrow("not an IDX file of bytes: 12 bytes")
    expect(() => readIdx(idx(2, 3).subarray(0, 15))).toThrow("IDX data too short: 3 values for 2x3")
  })
})

describe("MNIST", () => {
  let cache: string
  const before = process.env.XDG_CACHE_HOME
  beforeAll(() => {
    cache = mkdtempSync(join(tmpdir(), "prelab-cache-"))
    process.env.XDG_CACHE_HOME = cache
    const folder = join(cache, "prelab", "data", "mnist")
    mkdirSync(folder, { recursive: true })
    const files = {
      "train-images-idx3-ubyte": idx(3, 2, 2),
      "train-labels-idx1-ubyte": idx(3),
      "t10k-images-idx3-ubyte": idx(1, 2, 2),
      "t10k-labels-idx1-ubyte": idx(1),
    }
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  })
  afterAll(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = before
    rmSync(cache, { recursive: true, force: true })
  })

  test("comes from the cache once it is there, ready for training", async () => {
    const { data, labels, testData, testLabels } = await loadMnist({
      first: 2,
      progress: () => expect.unreachable(),
    })
    expect(data.shape).toEqual([2, 1, 2, 2])
    expect(data.data[7]).toBe(7 / 256)
    expect(labels).toEqual({ shape: [2], data: Float32Array.of(0, 1) })
    expect([testData.shape, testLabels.shape]).toEqual([[1, 1, 2, 2], [1]])
  })
})
