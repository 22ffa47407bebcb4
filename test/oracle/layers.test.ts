import { describe, expect, test } from "vitest"
import { casesOf, isWhole, readArray, readCase } from "./case.js"
import { checkCase } from "./check-case.js"
import { loadCase } from "./run-case.js"

console.log(
  isWhole
    ? "oracle: every case"
    : "oracle: the committed cases; the whole oracle is not beside this repository",
)

/** Layer types whose float32 steps are Caffe's own: every bit must agree. */
const exact = new Set([
  "PReLU",
  "ReLU",
  "BatchNorm",
  "Scale",
  "Eltwise",
  "Concat",
  "Split",
  "Dropout",
  "AbsVal",
  "ArgMax",
  "Bias",
  "Clip",
  "Crop",
  "Flatten",
  "Reshape",
  "Slice",
  "Threshold",
  "Tile",
  "Embed",
  "Im2col",
])

for (const category of ["layers", "rewrites"]) {
  describe(`Caffe's ${category} cases`, () => {
    test.each(casesOf(category))("%s: every stored blob lies within the running bound", async (name) => {
      await checkCase(category, name)
    })
  })
}

test("elementwise layers on stored bottoms agree with Caffe to the last bit", async () => {
  let compared = 0
  for (const name of casesOf("layers")) {
    const of = readCase("layers", name)
    const { net, calls, inputs } = await loadCase(of)
    const stored = new Map(
      of.outputs
        .filter((output) => !output.sample_stride)
        .map((output) => [
          net.layers[output.layer_index]!.tops.find((top) => top.blob === output.blob)!,
          readArray(of, output.file).data,
        ]),
    )
    for (const layer of net.layers) {
      const bottoms = layer.bottoms.map((value) => stored.get(value) ?? inputs.get(value))
      const batch =
        (layer.message.batch_norm_param as { use_global_stats?: boolean } | undefined)?.use_global_stats ===
        false
      if (
        !exact.has(layer.type) ||
        batch ||
        calls.problems.has(layer) ||
        bottoms.some((data) => data === undefined)
      )
        continue
      const { type, call } = calls.calls.get(layer)!
      const tops = type.forward(call, bottoms as Float32Array[])
      layer.tops.forEach((top, i) => {
        const want = stored.get(top)
        if (want === undefined) return
        const differ = want.findIndex(
          (value, j) => value !== tops[i]![j]! && !(Number.isNaN(value) && Number.isNaN(tops[i]![j]!)),
        )
        expect(differ, `${name}: ${layer.name} (${layer.type}) differs at ${differ}`).toBe(-1)
        compared++
      })
    }
  }
  expect(compared).toBeGreaterThan(10)
})
