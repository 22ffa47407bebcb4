import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { figurePng } from "../../src/figures/index.js"
import { preluSlopes } from "../../src/inspect/index.js"
import { digits } from "../inspect/sample.js"
import { bundleOfResult } from "./results.js"

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "prelab-png-test-"))
  vi.stubEnv("XDG_CACHE_HOME", cache)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(cache, { recursive: true })
})

/** Width and height of a PNG, from its header. */
function sizeOf(png: Buffer): [number, number] {
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

test("with PRELAB_PNG=1 a bundle carries a picture before its text, which is kept for the next time", async () => {
  vi.stubEnv("PRELAB_PNG", "1")
  const report = preluSlopes(await digits())
  const bundle = await bundleOfResult(report)
  expect(Object.keys(bundle)).toEqual([
    "application/vnd.plotly.v1+json",
    "text/html",
    "image/png",
    "text/plain",
  ])
  const png = Buffer.from(String(bundle["image/png"]), "base64")
  const { height } = (bundle["application/vnd.plotly.v1+json"] as { layout: { height: number } }).layout
  expect(png.subarray(1, 4).toString()).toBe("PNG")
  expect(sizeOf(png)).toEqual([2 * 760, 2 * height])
  // An empty white page of this size is a tenth as many bytes.
  expect(png.length).toBeGreaterThan(20_000)
  expect(readdirSync(join(cache, "prelab", "png"))).toHaveLength(1)
  // Nothing is drawn again: there is no browser any more.
  vi.stubEnv("PRELAB_CHROME", join(cache, "none"))
  expect((await bundleOfResult(report))["image/png"]).toBe(bundle["image/png"])
})

test("without a browser the rest of the bundle is shown, and why there is no picture is said", async () => {
  vi.stubEnv("PRELAB_PNG", "1")
  vi.stubEnv("PRELAB_CHROME", join(cache, "none"))
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const bundle = await bundleOfResult(preluSlopes(await digits()))
  expect(Object.keys(bundle)).toEqual(["application/vnd.plotly.v1+json", "text/html", "text/plain"])
  expect(written.mock.calls.map(([text]) => text)).toEqual([
    `prelab: no image/png: no Chromium to draw with: ${join(cache, "none")}; set PRELAB_CHROME to one\n`,
  ])
})

test("a browser that fails is an error with its cause, and leaves nothing behind", async () => {
  vi.stubEnv("PRELAB_CHROME", "/bin/false")
  await expect(figurePng({ data: [], layout: {} })).rejects.toMatchObject({
    message: "figure not drawn: /bin/false",
    cause: expect.any(Error),
  })
  expect(readdirSync(cache)).toEqual([])
})
