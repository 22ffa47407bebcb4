import { callsOf, type InputShapes, MissingWeights, type NetCalls } from "../layers/index.js"
import { count, type Layer, type Message, type Net, parameterCount, type Shape } from "../net/index.js"
import { graphLines } from "./graph-lines.js"

export interface LayerDescription {
  readonly index: number
  readonly name: string
  readonly type: string
  readonly bottoms: readonly string[]
  readonly tops: readonly string[]
  /** Shapes of the tops; null where they cannot be inferred. */
  readonly shapes: readonly (Shape | null)[]
  /** Numbers that the layer stores, or would store where no weights are loaded; 0 for a layer that uses another's. */
  readonly parameters: number
  /** The earlier layer whose blobs this one uses (`param { name }`). */
  readonly sharesWith?: string
  /** Multiply-accumulates of one forward pass; 0 where nothing is multiplied or the shape is unknown. */
  readonly macs: number
  readonly inPlace: boolean
  /** The layer's line in a drawing of the graph. */
  readonly graph: string
  /** Why the layer cannot run, if it cannot. */
  readonly problem?: string
}

export interface NetDescription {
  readonly name: string
  readonly phase: string
  readonly level: number
  readonly stages: readonly string[]
  readonly inputs: Readonly<Record<string, Shape | null>>
  readonly outputs: readonly string[]
  readonly parameters: number
  /** False where layers that store numbers came without them. */
  readonly weightsLoaded: boolean
  readonly macs: number
  readonly layers: readonly LayerDescription[]
  readonly warnings: readonly string[]
}

/** "What is this net?" as data: `prelab show --json`, and the table that a net shows in a cell. */
export function describeNet(net: Net, inputs: InputShapes = {}): NetDescription {
  const netCalls = callsOf(net, inputs)
  const { shapes, calls, problems } = netCalls
  const graph = graphLines(net)
  const owners = sharedBlobs(net)
  const layers = net.layers.map((layer, index): LayerDescription => {
    const known = calls.get(layer)
    const problem = problems.get(layer)
    const sharesWith = owners.get(layer)
    return {
      index,
      name: layer.name,
      type: layer.type,
      bottoms: layer.bottoms.map((value) => value.blob),
      tops: layer.tops.map((value) => value.blob),
      shapes: layer.tops.map((value) => shapes.get(value) ?? null),
      parameters: sharesWith === undefined ? storedNumbers(netCalls, layer) : 0,
      ...(sharesWith === undefined ? {} : { sharesWith }),
      macs: known?.type.macs?.(known.call) ?? 0,
      inPlace: layer.tops.some((top, i) => top.blob === layer.bottoms[i]?.blob),
      graph: graph[index]!,
      ...(problem ? { problem: problem.message } : {}),
    }
  })
  const weightsLoaded = ![...problems.values()].some((problem) => problem instanceof MissingWeights)
  const total = (count: (layer: LayerDescription) => number) =>
    layers.reduce((sum, layer) => sum + count(layer), 0)
  return {
    name: net.name,
    ...net.state,
    inputs: Object.fromEntries(net.inputs.map((value) => [value.blob, shapes.get(value) ?? null])),
    outputs: net.outputs.map((value) => value.blob),
    parameters: weightsLoaded ? net.parameters : total(({ parameters }) => parameters),
    weightsLoaded,
    macs: total(({ macs }) => macs),
    layers,
    warnings: net.warnings,
  }
}

/** What a layer stores, or where it has no weights yet, what Caffe would allocate for it. */
function storedNumbers({ calls }: NetCalls, layer: Layer): number {
  const known = calls.get(layer)
  if (layer.blobs.length > 0 || known === undefined) return parameterCount(layer)
  const shapes = known.type.blobShapes?.(known.call) ?? []
  return shapes.reduce((sum, shape) => sum + count(shape), 0)
}

/** Layers all of whose blobs an earlier layer has, by name or by identity, with that layer's name. */
function sharedBlobs(net: Net): Map<Layer, string> {
  const owners = new Map<unknown, string>()
  const shared = new Map<Layer, string>()
  for (const layer of net.layers) {
    const specs = (layer.message.param as readonly Message[] | undefined) ?? []
    const blobs = Math.max(layer.blobs.length, specs.length)
    const keys = Array.from({ length: blobs }, (_, i) => specs[i]?.name || layer.blobs[i]?.data)
    const known = keys.map((key) => (key === undefined ? undefined : owners.get(key)))
    if (blobs > 0 && known.every((owner) => owner !== undefined)) shared.set(layer, known[0]!)
    for (const key of keys) if (key !== undefined && !owners.has(key)) owners.set(key, layer.name)
  }
  return shared
}
