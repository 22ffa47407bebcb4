import { describe, expect, it } from "vitest"
import { sourceOf } from "../../../src/engines/gpu/kernel-source.js"

const kernel = (...output: number[]) => ({ output, args: { a: { bottom: 0 } }, body: "return a[x];" })

describe("the text of a kernel", () => {
  it("takes its coordinates from the thread", () => {
    const { source, output } = sourceOf(kernel(5, 4, 3), "webasm")!
    expect(output).toEqual([5, 4, 3])
    expect(source).toContain("z |= this.thread.z;")
  })

  it("is flat on cpu, and the coordinates count through the output in order", () => {
    const { source, output } = sourceOf({ ...kernel(5, 4, 3), body: "return [x, y, z];" }, "cpu")!
    expect(output).toEqual([60])
    const place = new Function(`return ${source}`)() as (a: number[]) => number[]
    const places = Array.from({ length: 60 }, (_, x) => place.call({ thread: { x } }, []))
    expect(places.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 0].map((x, i) => [x, i === 5 ? 1 : 0, 0]))
    expect(places.map(([x, y, z]) => x! + 5 * y! + 20 * z!)).toEqual(places.map((_, i) => i))
  })

  it("folds an axis that is longer than one WebGPU dispatch into the next one", () => {
    const { source, output } = sourceOf({ ...kernel(1_048_576, 3), body: "return [x, y];" }, "webgpu")!
    expect(output).toEqual([262_144, 12])
    const place = new Function(`return ${source}`)() as (a: number[]) => number[]
    expect(place.call({ thread: { x: 7, y: 11 } }, [])).toEqual([3 * 262_144 + 7, 2])
  })

  it("leaves a flat output to gpu.js, however long", () => {
    expect(sourceOf(kernel(10_000_000), "webgpu")!.output).toEqual([10_000_000])
  })

  it("is none where a long axis cannot be folded evenly", () => {
    expect(sourceOf(kernel(1_048_583, 2), "webgpu")).toBeUndefined()
  })
})
