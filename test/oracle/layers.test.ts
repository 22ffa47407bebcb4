import { describe, expect, test } from "vitest"
import { UnsupportedLayer } from "../../src/layers/index.js"
import { casesOf, isWhole, type OracleCase, readArray, readCase } from "./case.js"
import { type Loaded, loadCase, runBounded } from "./run-case.js"

console.log(
  isWhole
    ? "oracle: every case"
    : "oracle: the committed cases; the whole oracle is not beside this repository",
)

/** Layer types whose float32 steps are Caffe's own: every bit must agree. */
const exact = new Set(["PReLU", "ReLU", "BatchNorm", "Scale", "Eltwise", "Concat", "Split", "Dropout"])

/** Cases of later work: what they need is refused by name. */
function refusal({ calls }: Loaded): string | undefined {
  const problem = [...calls.problems.values()].find((each) => each instanceof UnsupportedLayer)
  return problem?.message
}

for (const category of ["layers", "rewrites"]) {
  describe(`Caffe's ${category} cases`, () => {
    test.each(casesOf(category))("%s: every stored blob lies within the running bound", async (name) => {
      const of = readCase(category, name)
      const loaded = await loadCase(of)
      const results = runBounded(loaded)
      let checked = 0
      for (const output of of.outputs) {
        const layer = loaded.net.layers[output.layer_index]!
        expect(layer.name).toBe(output.layer)
        const value = layer.tops.find((top) => top.blob === output.blob)!
        const result = results.get(value)
        if (result === undefined) continue
        expectWithin(of, output, result.data, result.bound)
        checked++
      }
      const refused = refusal(loaded)
      if (refused) expect(refused).toMatch(/^unsupported layer type: \w+ in layer /)
      else expect(checked).toBe(of.outputs.length)
    })
  })
}

function expectWithin(
  of: OracleCase,
  output: OracleCase["outputs"][number],
  got: Float32Array,
  bound: Float64Array,
): void {
  const want = readArray(of, output.file).data
  const stride = output.sample_stride ?? 1
  want.forEach((value, i) => {
    const at = i * stride
    const mine = got[at]!
    // Two evaluations of the same expression may err to either side. Finite results only: inf and nan agree in kind.
    const close = Object.is(mine, value) || mine === value || (Number.isNaN(mine) && Number.isNaN(value))
    if (!close)
      expect(Math.abs(mine - value), `${output.layer} at ${at}: ${mine} is not ${value}`).toBeLessThanOrEqual(
        2 * bound[at]!,
      )
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
