import { describe, expect, it } from "vitest"
import type { GpuBackend } from "../../../src/engines/gpu/gpu-js.js"
import { withIndices } from "../../../src/engines/gpu/indices.js"

const body = `
  index start = y * 3 + table[x];
  let sum = 0;
  for (let c = 0; c < 2; c++) {
    index i = start + c * 5;
    sum += values[i + 1] * c;
  }
  return sum;`

const run = (text: string) =>
  new Function("x", "y", "table", "values", text)(
    1,
    2,
    [0, 4],
    Array.from({ length: 20 }, (_, i) => i * i),
  )

describe("whole numbers in a kernel's text", () => {
  it.each(["cpu", "webgpu", "webasm"] as const)("mean the same on %s", (backend: GpuBackend) => {
    // start is 10; the second round reads place 16.
    expect(run(withIndices(body, backend))).toBe(256)
  })

  it("are boolean variables on webasm, read through an integer operator", () => {
    const text = withIndices(body, "webasm")
    expect(text).toContain("let start = false; start |= y * 3 + table[x];")
    expect(text).toContain("for (let c = false; (c | 0) < 2; c++)")
    expect(text).toContain("values[(i | 0) + 1] * (c | 0)")
  })

  it("keep other names as they are, properties and longer names too", () => {
    const text = withIndices("index x = this.thread.x; return this.thread.x + max + x_1;", "webasm")
    expect(text).toBe("let x = false; x |= this.thread.x; return this.thread.x + max + x_1;")
  })
})
