import { ETA, type NetCalls, U } from "../layers/index.js"
import { parseScale } from "../layers/scale.js"
import type { Layer } from "../net/index.js"
import type { Derivation } from "./fold-rule.js"
import { geometryOf } from "./same-layer.js"

const linear: ReadonlySet<string> = new Set(["Convolution", "Deconvolution", "InnerProduct"])

/**
 * Derives the weights of one linear layer from the same layer behind factors: W (f x) + b = (f W) x + b, padding zeros included. The factors
 * are Scale layers without bias whose number is the same in every channel.
 *
 * @returns undefined when the layers do not have this form
 */
export function deriveFactor(
  a: NetCalls,
  layers: readonly Layer[],
  b: NetCalls,
  others: readonly Layer[],
): Derivation | undefined {
  const [layer] = others
  const last = layers.at(-1)
  const scales = layers.slice(0, -1)
  if (!layer || !last || others.length !== 1 || scales.length === 0) return undefined
  if (!linear.has(last.type) || layer.type !== last.type || last.blobs.length !== layer.blobs.length)
    return undefined
  const isChain = layers.every(
    ({ bottoms, tops }, i) =>
      bottoms.length === 1 && tops.length === 1 && (i === 0 || bottoms[0] === layers[i - 1]!.tops[0]),
  )
  if (!isChain || scales.some(({ type, message }) => type !== "Scale" || parseScale(message).biasTerm))
    return undefined
  const factors = scales.map(({ blobs }) => blobs[0]!.data)
  const shapesOf = (calls: NetCalls, { bottoms }: Layer) => bottoms.map((bottom) => calls.shapes.get(bottom)!)
  const conditions = [
    {
      condition: `${layer.name} and ${last.name} slide the same window`,
      holds: geometryOf(last, shapesOf(a, last)) === geometryOf(layer, shapesOf(b, layer)),
    },
    {
      condition: `the factor before ${last.name} is the same in every channel`,
      holds: factors.every((data) => data.every((value) => value === data[0])),
    },
  ]
  const rule = `factor into ${last.type}`
  if (conditions.some(({ holds }) => !holds)) return { rule, layer, conditions, parameters: 0, roundings: 0 }
  const factor = factors.reduce((product, data) => product * data[0]!, 1)
  let parameters = 0
  let roundings = 0
  let worst: Derivation["worst"]
  last.blobs.forEach(({ data }, blob) => {
    data.forEach((own, index) => {
      const derived = blob === 0 ? own * factor : own
      const stored = layer.blobs[blob]!.data[index]!
      const distance = stored === derived ? 0 : Math.max(0, Math.abs(stored - derived) - ETA)
      const away = distance === 0 ? 0 : distance / (U * Math.abs(derived))
      parameters++
      if (away <= roundings) return
      roundings = Number.isNaN(away) ? Number.POSITIVE_INFINITY : away
      worst = { layer: layer.name, blob, index, stored, derived }
    })
  })
  return { rule, layer, conditions, parameters, roundings, ...(worst ? { worst } : {}) }
}
