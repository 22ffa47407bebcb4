import { describe, expect, test } from "vitest"
import { callsOf } from "../../src/layers/index.js"
import type { Shape } from "../../src/net/index.js"
import { oneLayer } from "../engines/gpu/one-layer.js"

function problemOf(type: string, message: object, bottoms: Shape[], tops = 1): string | undefined {
  const { net } = oneLayer(type, "refused", { message: { ...message }, bottoms, tops })
  return callsOf(net).problems.get(net.layer("tested"))?.message
}

const image = [1, 3, 6, 6]

const refused: readonly (readonly [reason: string, type: string, message: object, tops: number])[] = [
  ["slice points must grow", "Slice", { slice_param: { slice_point: [2, 1] } }, 3],
  ["wrong number of slice points", "Slice", { slice_param: { slice_point: [1] } }, 3],
  ["slices are not equal", "Slice", {}, 2],
  ["axis and slice_dim together", "Slice", { slice_param: { axis: 1, slice_dim: 1 } }, 3],
  ["shape does not divide count", "Reshape", { reshape_param: { shape: { dim: [-1, 7] } } }, 1],
  ["reshape changes the count", "Reshape", { reshape_param: { shape: { dim: [0, 100] } } }, 1],
  ["only one dimension may be -1", "Reshape", { reshape_param: { shape: { dim: [-1, -1] } } }, 1],
  ["no axis to copy for 0", "Reshape", { reshape_param: { shape: { dim: [0] }, axis: 4 } }, 1],
  ["axis out of range", "Flatten", { flatten_param: { axis: 3, end_axis: 1 } }, 1],
  ["tiles must be positive", "Tile", {}, 1],
  ["top_k out of range", "ArgMax", { argmax_param: { axis: 1, top_k: 4 } }, 1],
  ["base must be positive", "Exp", { exp_param: { base: 0 } }, 1],
  ["base must not be 1", "Log", { log_param: { base: 1 } }, 1],
  ["clip_param needs min and max", "Clip", { clip_param: { min: 0 } }, 1],
  ["bias covers more axes", "Bias", { bias_param: { num_axes: 4 } }, 1],
  ["pyramid_height must be positive", "SPP", {}, 1],
]

test.each(refused)("%s: refused as Caffe refuses it", (reason, type, message, tops) => {
  expect(problemOf(type, message, [image], tops)).toContain(reason)
})

test("a crop that leaves its bottom is refused", () => {
  expect(problemOf("Crop", { crop_param: { offset: [2] } }, [image, [1, 3, 5, 5]])).toContain(
    "crop leaves its bottom: 1x3x5x5 in 1x3x6x6",
  )
})

describe("the bound of a step", () => {
  function boundOf(type: string, message: object, x: number[], errors: number[]): number[] {
    const { net } = oneLayer(type, "step", { message: { ...message }, bottoms: [[1, x.length]] })
    const { type: layerType, call } = callsOf(net).calls.get(net.layer("tested"))!
    const bottoms = [Float32Array.from(x)]
    return [
      ...layerType.bound(call, bottoms, layerType.forward(call, bottoms), [Float64Array.from(errors)])[0]!,
    ]
  }

  test("Threshold is exact until the error of its bottom reaches across", () => {
    expect(boundOf("Threshold", {}, [1, 1, 0, 0, -1], [0.5, 1, 0, 0.1, 0.5])).toEqual([
      0,
      Number.POSITIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
      0,
    ])
  })

  test("ArgMax is exact until another value may come first", () => {
    expect(boundOf("ArgMax", {}, [1, 3, 2], [0.4, 0.4, 0.4])).toEqual([0])
    expect(boundOf("ArgMax", {}, [1, 3, 2], [0, 0.5, 0.5])).toEqual([Number.POSITIVE_INFINITY])
    expect(boundOf("ArgMax", {}, [3, 3, 2], [0, 0, 0.5])).toEqual([0])
  })

  test("a root, a logarithm and a reciprocal are not bounded across their edge", () => {
    const across = [Number.POSITIVE_INFINITY]
    expect(boundOf("Power", { power_param: { power: 0.5 } }, [0.1], [0.2])).toEqual(across)
    expect(boundOf("Power", { power_param: { power: -1 } }, [0.1], [0.2])).toEqual(across)
    expect(boundOf("Log", {}, [0.1], [0.2])).toEqual(across)
  })
})
