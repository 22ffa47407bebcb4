import { callsOf, type InputShapes } from "../layers/index.js"
import { type Net, parameterCount, type Shape } from "../net/index.js"

export interface LayerDescription {
  readonly index: number
  readonly name: string
  readonly type: string
  readonly bottoms: readonly string[]
  readonly tops: readonly string[]
  /** Shapes of the tops; null where they cannot be inferred. */
  readonly shapes: readonly (Shape | null)[]
  readonly parameters: number
  /** Multiply-accumulates of one forward pass; 0 where nothing is multiplied or the shape is unknown. */
  readonly macs: number
  readonly inPlace: boolean
  /** Why the layer cannot run, if it cannot. */
  readonly problem?: string
}

export interface NetDescription {
  readonly name: string
  readonly phase: string
  readonly inputs: Readonly<Record<string, Shape | null>>
  readonly outputs: readonly string[]
  readonly parameters: number
  readonly macs: number
  readonly layers: readonly LayerDescription[]
  readonly warnings: readonly string[]
}

/** "What is this net?" as data: `prelab show --json`, and the table that a net shows in a cell. */
export function describeNet(net: Net, inputs: InputShapes = {}): NetDescription {
  const { shapes, calls, problems } = callsOf(net, inputs)
  const layers = net.layers.map((layer, index): LayerDescription => {
    const known = calls.get(layer)
    const problem = problems.get(layer)
    return {
      index,
      name: layer.name,
      type: layer.type,
      bottoms: layer.bottoms.map((value) => value.blob),
      tops: layer.tops.map((value) => value.blob),
      shapes: layer.tops.map((value) => shapes.get(value) ?? null),
      parameters: parameterCount(layer),
      macs: known?.type.macs?.(known.call) ?? 0,
      inPlace: layer.tops.some((top, i) => top.blob === layer.bottoms[i]?.blob),
      ...(problem ? { problem: problem.message } : {}),
    }
  })
  return {
    name: net.name,
    phase: net.state.phase,
    inputs: Object.fromEntries(net.inputs.map((value) => [value.blob, shapes.get(value) ?? null])),
    outputs: net.outputs.map((value) => value.blob),
    parameters: net.parameters,
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    layers,
    warnings: net.warnings,
  }
}
