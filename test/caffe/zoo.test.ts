import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { isWhole, oracle } from "../oracle/case.js"

// No test asks the network: the cache is an empty folder, and fetch is ours.
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-zoo-"))
  vi.stubEnv("XDG_CACHE_HOME", folder)
  vi.stubEnv("PRELAB_MODELS", folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

function answer(body: string): string[] {
  const asked: string[] = []
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url)
    return new Response(body, { headers: { "content-length": String(body.length) } })
  })
  return asked
}

test("an unknown model is answered with the nearest name", async () => {
  await expect(loadNet("zoo:mtcn/det1")).rejects.toThrow(
    "unknown zoo model: zoo:mtcn/det1; did you mean zoo:mtcnn/det1?",
  )
})

test("bytes that are not the pinned ones are refused, and progress is told on the way", async () => {
  const asked = answer("<html>not a model</html>")
  const told: unknown[] = []
  const loading = loadNet("zoo:mtcnn/det1", undefined, { progress: (...state) => told.push(state) })
  await expect(loading).rejects.toThrow(
    /^download is not the pinned file: .*det1\.prototxt; SHA-256 is [0-9a-f]{64}, expected adc1756d/,
  )
  expect(asked).toHaveLength(1)
  expect(told).toEqual([["det1.prototxt", 24, 24]])
})

test("a file of the right name and the wrong content in PRELAB_MODELS is passed over", async () => {
  writeFileSync(join(folder, "det1.prototxt"), 'name: "other"')
  const asked = answer("neither")
  await expect(loadNet("zoo:mtcnn/det1")).rejects.toThrow("download is not the pinned file")
  expect(asked[0]).toMatch(/^https:\/\/.*\/det1\.prototxt$/)
})

test("a server that cannot be reached is named", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("fetch failed")
  })
  await expect(loadNet("zoo:mtcnn/det2")).rejects.toThrow(/^cannot reach: https:.*det2\.prototxt$/)
})

if (isWhole)
  test("PRELAB_MODELS is read first, gzipped files too", async () => {
    vi.stubEnv("PRELAB_MODELS", join(oracle, "models"))
    const asked = answer("never asked")
    expect(String(await loadNet("zoo:mtcnn/det1"))).toBe("Net PNet: 11 layers, 6,632 parameters, TEST")
    expect((await loadNet("zoo:open_nsfw")).layers).toHaveLength(229)
    expect(asked).toEqual([])
  })
