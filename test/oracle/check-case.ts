import { expect } from "vitest"
import { UnsupportedLayer } from "../../src/layers/index.js"
import { type OracleCase, readArray, readCase } from "./case.js"
import { type Loaded, loadCase, runBounded } from "./run-case.js"

/** Runs a case on the reference: every stored blob must lie within the running bound. Unsupported types are refused by name. */
export async function checkCase(category: string, name: string): Promise<void> {
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
}

/** Cases of later work: what they need is refused by name. */
function refusal({ calls }: Loaded): string | undefined {
  const problem = [...calls.problems.values()].find((each) => each instanceof UnsupportedLayer)
  return problem?.message
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
