import { describe, expect, it } from "vitest"
import { programOf, type Step } from "../../../src/engines/gpu/program.js"
import { callsOf } from "../../../src/layers/index.js"
import { oneLayer } from "./one-layer.js"

const stepsOf = (outputs: number, kernel: number, group = 1) => {
  const { net } = oneLayer("Convolution", "lanes", {
    bottoms: [[1, 16, 20, 20]],
    blobs: [[outputs, 16 / group, kernel, kernel], [outputs]],
    message: { convolution_param: { num_output: outputs, kernel_size: [kernel], group } },
  })
  return programOf(callsOf(net), net.outputs, "webasm").steps
}

const weightsOf = ({ args }: Step) => Object.keys(args).filter((name) => /^weight\d+$/.test(name))

describe("a convolution on webasm", () => {
  it("has four outputs a row, and its results are put into their order", () => {
    const [convolution, order] = stepsOf(8, 3)
    expect(convolution!.kernel.output).toEqual([4, 18 * 18, 2])
    expect(order!.kernel.output).toEqual([18 * 18, 4, 2])
  })

  it("reads as many arrays of weights as a round has taps, and each at one index", () => {
    const [{ kernel, args }] = stepsOf(8, 3) as [Step]
    // Two channels of nine taps.
    expect(weightsOf({ kernel, args } as Step)).toEqual(Array.from({ length: 18 }, (_, t) => `weight${t}`))
    expect(kernel.body).not.toMatch(/weight\[/)
    expect(kernel.body.match(/weight\d+\[w\]/g)!.length).toBe(18)
  })

  it("keeps arrays of weights an odd number of cache lines long: of an even one they would fall onto one another", () => {
    const [{ args }] = stepsOf(8, 3) as [Step]
    for (const name of Object.keys(args)) {
      const source = args[name]!
      if (/^weight\d+$/.test(name) && "data" in source) expect((source.data.length / 16) % 2).toBe(1)
    }
  })

  it.each([
    ["outputs do not fill the lanes", 10, 3, 1],
    ["groups have one output each", 16, 3, 16],
    ["there are more taps than are written out", 8, 12, 1],
  ])("stays as it is where %s", (_why, outputs, kernel, group) => {
    expect(stepsOf(outputs, kernel, group).flatMap(weightsOf)).toEqual([])
  })
})
