import { afterEach, expect, test, vi } from "vitest"
import { setProgressOutput, startProgress } from "../../src/figures/index.js"

afterEach(() => {
  setProgressOutput(() => undefined)
  vi.restoreAllMocks()
})

interface Shown {
  readonly kind: "display" | "update"
  readonly id: string
  readonly html: string
  readonly text: string
}

function page(): Shown[] {
  const shown: Shown[] = []
  const note = (kind: Shown["kind"], id: string, bundle: object) => {
    const { "text/html": html, "text/plain": text } = bundle as Record<string, string>
    shown.push({ kind, id, html: html!, text: text! })
  }
  setProgressOutput(() => ({
    display: (bundle, { displayId }) => note("display", displayId, bundle),
    updateDisplay: (displayId, bundle) => note("update", displayId, bundle),
  }))
  return shown
}

test("one output is updated at most ten times a second, and its last state stays", () => {
  const shown = page()
  let time = 0
  const progress = startProgress("training", { total: 1000, now: () => time })
  for (let i = 1; i <= 1000; i++) {
    time += 2
    progress.update(i, `loss ${i / 1000}`)
  }
  progress.finish("loss 0.1")
  expect(shown.length).toBeLessThanOrEqual(2 * 10 + 2)
  expect(shown.length).toBeGreaterThan(15)
  expect(shown.map(({ kind }) => kind)).toEqual(["display", ...shown.slice(1).map(() => "update")])
  expect(new Set(shown.map(({ id }) => id)).size).toBe(1)
  expect(shown[0]!.text).toBe("training: 1 of 1,000, loss 0.001")
  expect(shown.at(-1)!.text).toBe("training: 1,000 of 1,000, loss 0.1, 2.0 s")
  expect(shown.at(-1)!.html).toMatch(/^<div><progress aria-label="training" max="1000" value="1000" /)
})

test("two displays on a page are two outputs, and labels are escaped", () => {
  const shown = page()
  startProgress("a<b").finish()
  startProgress("second").finish()
  expect(new Set(shown.map(({ id }) => id)).size).toBe(2)
  expect(shown[0]!.html).toContain('aria-label="a&lt;b"')
})

test("without a page there is one line on stderr at the end, or a line written over on a terminal", () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true)
  const terminal = Object.getOwnPropertyDescriptor(process.stderr, "isTTY")
  const lines = (isTTY: boolean) => {
    written.mockClear()
    Object.defineProperty(process.stderr, "isTTY", { value: isTTY, configurable: true })
    const progress = startProgress("export", { total: 2, now: () => 0 })
    progress.update(1)
    progress.update(2)
    progress.finish()
    return written.mock.calls.map(([text]) => text)
  }
  try {
    expect(lines(false)).toEqual(["export: 2 of 2, 0.0 s\n"])
    expect(lines(true)).toEqual(["\rexport: 1 of 2\x1b[K", "\rexport: 2 of 2, 0.0 s\x1b[K\n"])
  } finally {
    if (terminal) Object.defineProperty(process.stderr, "isTTY", terminal)
    else Reflect.deleteProperty(process.stderr, "isTTY")
  }
})
