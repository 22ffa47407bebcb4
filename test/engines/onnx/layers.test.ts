import { describe, expect, it } from "vitest"
import { graphOf, OnnxRefusal } from "../../../src/formats/onnx/index.js"
import { callsOf, layerTypeOf } from "../../../src/layers/index.js"
import { cases } from "../gpu/cases.js"
import { check } from "./check.js"
import { runtimesHere } from "./runtimes.js"

const isTested = ({ net }: (typeof cases)[number]) => layerTypeOf(net.layers.at(-1)!).onnx !== undefined

const runtimes = await runtimesHere()
it("one of onnxruntime's builds is here", () => expect(runtimes.length).toBeGreaterThan(0))

describe.each(runtimes.map((runtime) => [runtime.backend, runtime] as const))(
  "every layer type by onnxruntime (%s) stays within its rounding bound of the reference",
  (_backend, runtime) => {
    it.each(cases.filter(isTested).map((one) => [one.name, one] as const))("%s", async (_name, one) => {
      const worst = await check(one, runtime)
      expect(worst.compared).toBe(one.net.layers.at(-1)!.tops.length)
      expect(worst.ratio).toBeLessThanOrEqual(1)
    })
  },
)

it.each(cases.filter((one) => !isTested(one)).map((one) => [one.name, one] as const))(
  "%s has no nodes and is refused by name",
  (_name, { net, bottoms }) => {
    const shapes = net.inputs.map((value, i): [string, readonly number[]] => [value.blob, bottoms[i]!.shape])
    const { type, tops } = net.layers.at(-1)!
    expect(() => graphOf(callsOf(net, Object.fromEntries(shapes)), tops)).toThrow(OnnxRefusal)
    expect(() => graphOf(callsOf(net, Object.fromEntries(shapes)), tops)).toThrow(
      `no ONNX nodes for layer type: ${type} in layer tested`,
    )
  },
)
