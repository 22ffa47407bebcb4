import { callsOf } from "../layers/index.js"
import type { Layer, Net } from "../net/index.js"
import { compositionOf, type PReluComposition } from "./prelu-composition.js"
import { remember } from "./remembered.js"
import { type RewriteAction, RewriteReport, type RewriteRule } from "./rewrite-report.js"
import { LayerNames, rulesOf, withoutOrigin } from "./wiring.js"

/**
 * Makes one PReLU of the layers that compute it: ReLU(x) + (-a) ReLU(-x), as `splitPRelu` and other tools write it. The two sides may stand in
 * either order; the factors may be Scale, Power or 1x1 convolutions with a group per channel, or the Eltwise's `coeff`; Split layers as Caffe
 * saves them are looked through.
 *
 * Joined is only what is exact: both ReLUs without a slope, the factor before the second one -1, a product of the others that float32 holds,
 * and no other reader of a value between. A factor that is one number for all channels gives a `channel_shared` PReLU; equal factors
 * channel by channel stay as many slopes. The PReLU makes the Eltwise's value and has the name that its layers have in common:
 * `relu1_pos`, `relu1_neg`, … become `relu1`. Without such a name it takes the Eltwise's.
 */
export function joinPRelu(net: Net): { net: Net; report: RewriteReport } {
  const calls = callsOf(net)
  const names = new LayerNames(net)
  const actions: RewriteAction[] = []
  const rules: RewriteRule[] = []
  const joined = new Map<Layer, Layer>()
  const gone = new Set<Layer>()
  for (const layer of net.layers) {
    const found = compositionOf(net, layer, calls)
    if (typeof found === "string")
      actions.push({ layer: layer.name, type: layer.type, action: "kept", why: found })
    if (found === undefined || typeof found === "string") continue
    const prelu = preluOf(found, names)
    joined.set(layer, prelu)
    for (const each of found.layers) {
      gone.add(each)
      actions.push({ ...describe(each, found, prelu), layer: each.name, type: each.type, into: prelu.name })
    }
    rules.push({
      rule: "join PReLU",
      layer: prelu,
      from: found.layers,
      conditions: [
        "both ReLUs are without a slope",
        "the negative side is turned by -1",
        "every value between is read once",
        "every slope is exact",
      ],
    })
  }
  const layers = withoutIdleSplits(net, gone, joined)
  const report = new RewriteReport({ name: "Join PReLU", subject: "sum that is a PReLU" }, actions, rules)
  return { net: remember(net.with(layers), { from: net, rules }), report }
}

function describe(layer: Layer, { slopes, source }: PReluComposition, prelu: Layer) {
  const many = slopes.shape.length === 0 ? "one slope for all channels" : `${slopes.data.length} slopes`
  const why =
    layer.name === prelu.name || layer.type === "Eltwise"
      ? `ReLU(x) - a ReLU(-x) is PReLU, x being ${source.blob}: ${many}`
      : `a part of ${prelu.name}`
  return { action: "joined", why }
}

function preluOf({ sum, source, slopes, spec, layers }: PReluComposition, names: LayerNames): Layer {
  return {
    name: nameOf(layers, sum, names),
    type: "PReLU",
    bottoms: [source],
    tops: sum.tops,
    message: {
      ...rulesOf(sum),
      ...(spec ? { param: [spec] } : {}),
      ...(slopes.shape.length === 0 ? { prelu_param: { channel_shared: true } } : {}),
    },
    blobs: [slopes],
  }
}

/** What the names begin with in common, up to a separator or a number, where no other layer has that name. */
function nameOf(layers: readonly Layer[], sum: Layer, names: LayerNames): string {
  const all = layers.map(({ name }) => name)
  let common = all.reduce((prefix, name) => {
    let length = 0
    while (length < Math.min(prefix.length, name.length) && prefix[length] === name[length]) length++
    return prefix.slice(0, length)
  })
  const ends = (prefix: string) => all.every((name) => /^([-_/.].*|\d*)$/.test(name.slice(prefix.length)))
  while (common !== "" && !ends(common)) common = common.slice(0, -1)
  common = common.replace(/[-_/.]+$/, "")
  if (common === "" || (names.has(common) && !all.includes(common))) return sum.name
  return all.includes(common) ? common : names.take(common)
}

/** The layers with every PReLU in its sum's place. A Split's top that only joined layers read would become an output: it goes with them. */
function withoutIdleSplits(
  net: Net,
  gone: ReadonlySet<Layer>,
  joined: ReadonlyMap<Layer, Layer>,
): readonly Layer[] {
  const idle = new Set(gone)
  const sources = new Set([...joined.values()].flatMap(({ bottoms }) => bottoms))
  const changed = new Map<Layer, Layer>(joined)
  for (const layer of net.layers.toReversed()) {
    if (layer.type !== "Split") continue
    const isNeeded = (top: (typeof layer.tops)[number]) => {
      const readers = net.consumers(top)
      return sources.has(top) || readers.length === 0 || readers.some((reader) => !idle.has(reader))
    }
    const tops = layer.tops.filter(isNeeded)
    if (tops.length === 0) idle.add(layer)
    else if (tops.length < layer.tops.length) changed.set(layer, { ...withoutOrigin(layer), tops })
  }
  return net.layers.flatMap((layer) => {
    const now = changed.get(layer)
    return now ? [now] : idle.has(layer) ? [] : [layer]
  })
}
