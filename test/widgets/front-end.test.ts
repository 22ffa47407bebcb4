import { afterEach, expect, test, vi } from "vitest"
import { frontEnd } from "../../src/widgets/front-end.js"

afterEach(() => vi.unstubAllEnvs())

test("a widget's front end is the text that the build made", () => {
  vi.stubEnv("PRELAB_DEV", "")
  const { esm, css } = frontEnd("slope-explorer")
  expect(esm).toMatch(/export\s*\{/)
  expect(css).toContain(".prelab-slopes")
})

test("in development it is the files, which widgets follow", () => {
  vi.stubEnv("PRELAB_DEV", "1")
  const { esm, css } = frontEnd("slope-explorer")
  expect([esm, css].map((file) => String(file).replace(/.*\//, ""))).toEqual([
    "slope-explorer.js",
    "slope-explorer.css",
  ])
  expect(esm).toBeInstanceOf(URL)
})

test("one that was not built is an error with the next step", () => {
  expect(() => frontEnd("nothing")).toThrow("widget not built: nothing; npm run build makes it")
})
