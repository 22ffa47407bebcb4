import { parseBatchNorm } from "../layers/batch-norm.js"
import type { NetCalls } from "../layers/index.js"
import { canonicalAxis, type Layer, type Shape } from "../net/index.js"
import { layoutOf, outputChannels } from "../transforms/fold-target.js"
import { foldBatchNorm } from "../transforms/index.js"

/** A layer with weights whose only reader is a BatchNorm with stored statistics, and the Scale after that: what a fold makes one layer of. */
export interface FoldSite {
  readonly target: Layer
  readonly norm: Layer
  readonly scale: Layer | undefined
  /** What the target reads. */
  readonly bottom: Shape
  readonly channels: number
  readonly eps: number
}

/** The places of a net that can be stepped through, and what else its fold does or leaves, a sentence each. */
export function foldSitesOf({ net, shapes }: NetCalls): { sites: FoldSite[]; others: string[] } {
  const { report } = foldBatchNorm(net)
  const sites: FoldSite[] = []
  const shown = new Set<string>()
  for (const { rule, from } of report.rules) {
    if (rule !== "fold into producer") continue
    const [target, norm, scale, ...more] = from as [Layer, Layer, Layer?, ...Layer[]]
    const bottom = shapes.get(target.bottoms[0]!)
    const isPlain = norm.type === "BatchNorm" && norm.blobs.length === 3 && (!scale || scale.type === "Scale")
    if (!isPlain || more.length > 0 || bottom === undefined || !countsFromSecond(target, bottom)) continue
    const { eps } = parseBatchNorm(norm.message)
    sites.push({ target, norm, scale, bottom, channels: outputChannels(target), eps })
    for (const { name } of from) shown.add(name)
  }
  const others = report.actions
    .filter(({ layer }) => !shown.has(layer))
    .map(
      ({ layer, type, action, into, why }) =>
        `${layer} (${type}): ${action}${into ? ` into ${into}` : ""}; ${why}`,
    )
  return { sites, others }
}

/** Are the bottom's channels its second axis, the batch its first? Then one item of the batch shows all. */
function countsFromSecond(layer: Layer, bottom: Shape): boolean {
  const param = (layer.message.convolution_param ?? layer.message.inner_product_param ?? {}) as {
    axis?: number
  }
  return bottom.length >= 2 && canonicalAxis(param.axis ?? 1, bottom.length) === 1 && layoutOf(layer).rows > 0
}
