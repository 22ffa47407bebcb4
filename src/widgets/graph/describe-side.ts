import { describeNet, type LayerDescription, netSentence } from "../../inspect/index.js"
import { formatShape, type Net } from "../../net/index.js"
import type { ExplorerGroup, ExplorerLayer, ExplorerSide } from "../net-explorer-state.js"
import { prototxtOf } from "./layer-fields.js"
import { layerKind } from "./layer-kind.js"
import type { Changed } from "./net-changes.js"
import { groupsOf, type NetGroup } from "./net-groups.js"

/** Of a net that stands alone. */
const unchanged: Changed = { change: "same", changes: [], other: null }

/** A net as the explorer shows it. */
export function describeSide(
  net: Net,
  stacks: readonly (readonly number[])[],
  changes: readonly Changed[] = [],
): ExplorerSide {
  const description = describeNet(net)
  const layers = description.layers.map((layer, i) => describeLayer(net, layer, changes[i] ?? unchanged))
  return {
    name: net.name || "unnamed net",
    summary: netSentence(description),
    layers,
    groups: groupsOf(net, stacks).map((group) => describeGroup(group, layers)),
  }
}

function describeLayer(net: Net, layer: LayerDescription, changed: Changed): ExplorerLayer {
  const { name, type, tops, shapes, inPlace, parameters, macs, sharesWith, problem } = layer
  const { message, blobs, bottoms } = net.layers[layer.index]!
  const { change, changes, other } = changed
  const brief = shapes.map((shape) => (shape ? formatShape(shape).replace(/^1x(?=\d)/, "") : "?")).join(", ")
  const words = [name, type, brief, inPlace ? "in place" : "", change === "same" ? "" : change]
  return {
    name,
    type,
    kind: layerKind(type),
    label: words.filter(Boolean).join(", "),
    brief,
    bottoms: bottoms.map((bottom) => {
      const producer = net.producer(bottom)
      return { blob: bottom.blob, layer: net.indexOf(producer), top: producer.tops.indexOf(bottom) }
    }),
    tops: tops.map((blob, t) => ({ blob, shape: shapes[t] ? formatShape(shapes[t]) : null })),
    parameters,
    macs,
    facts: [
      ["parameters", sharesWith === undefined ? spoken(parameters) : `those of ${sharesWith}`],
      ["MACs", spoken(macs)],
      ...(inPlace ? [["in place", "writes over its bottom"] as [string, string]] : []),
      ...(problem ? [["cannot run", problem] as [string, string]] : []),
    ],
    blobs: blobs.length,
    prototxt: prototxtOf(message),
    change,
    changes: [...changes],
    other,
  }
}

function describeGroup(
  { kind, name, layers, alike }: NetGroup,
  all: readonly ExplorerLayer[],
): ExplorerGroup {
  const held = layers.map((layer) => all[layer]!)
  const [first, ...rest] = held as [ExplorerLayer, ...ExplorerLayer[]]
  const differ = held.filter(({ change }) => change !== "same").length
  const count = `${layers.length} layers${alike > 0 ? `, ${alike + 1} blocks alike` : ""}`
  const lines =
    kind === "stack"
      ? [`${first.type} ${held.at(-1)!.brief}`, rest.map(({ type }) => type).join(", ")]
      : [count, tally(held)]
  return {
    kind,
    name,
    label: [`${kind} ${name}`, count, tally(held), ...(differ > 0 ? [`${differ} differ`] : [])].join(", "),
    lines,
    layers: [...layers],
    differ,
  }
}

/** `3 Convolution, 2 ReLU`, the most frequent first. */
function tally(layers: readonly ExplorerLayer[]): string {
  const counts = new Map<string, number>()
  for (const { type } of layers) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([type, n]) => `${n} ${type}`)
    .join(", ")
}

function spoken(n: number): string {
  return n.toLocaleString("en-US")
}
