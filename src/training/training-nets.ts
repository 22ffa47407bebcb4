import { type CaffeModel, readCaffeModel } from "../caffe/caffemodel.js"
import { copyWeights } from "../caffe/copy-weights.js"
import { loadNet } from "../caffe/index.js"
import { writePrototxt } from "../caffe/save-net.js"
import { PrelabError } from "../error.js"
import { nameOf, readSource, type Source } from "../formats/source.js"
import { callsOf } from "../layers/index.js"
import {
  type Blob,
  count,
  inputLayer,
  type Layer,
  type Message,
  Net,
  type Phase,
  type Shape,
} from "../net/index.js"
import { type FillWeightsOptions, fillWeights } from "./fillers/fill-weights.js"
import type { Solver } from "./solver/read-solver.js"
import type { SolverNet } from "./solver/solver-nets.js"

/** The two nets of a solver, at phase TRAIN with weights, and at TEST with those of its own that the first lacks. */
export interface TrainingNets {
  readonly train: Net
  readonly test: Net
}

export interface TrainingNetsOptions extends FillWeightsOptions {
  /** What training begins with: a caffemodel, or a net's weights by layer name. Layers that it lacks are filled. */
  readonly weights?: Source | Net
  /** Shapes of one item, for nets that read their data from elsewhere. */
  readonly data: Shape
  readonly labels: Shape | undefined
}

/** Loads a solver's nets and gives them their first weights. */
export async function trainingNets(solver: Solver, options: TrainingNetsOptions): Promise<TrainingNets> {
  const train = await netAt(solver.train, "TRAIN", options)
  const own = solver.train.net instanceof Net ? solver.train.net : undefined
  const given = options.weights ?? solver.weights[0] ?? (own && own.parameters > 0 ? own : undefined)
  const filled = fillWeights(given === undefined ? train : await withWeights(train, given), options)
  const test = await netAt(solver.test ?? { ...solver.train, state: {} }, "TEST", options)
  return { train: filled, test: fillWeights(test, options) }
}

/** A net with the values of another one's parameters, layer by layer by name, as Caffe's test nets share those of the train net. */
export function sharing(net: Net, from: Net): Net {
  const blobs = new Map(from.layers.map((layer) => [layer.name, layer.blobs]))
  return net.with(
    net.layers.map((layer) => {
      const shared = blobs.get(layer.name)
      return shared && shared.length > 0 && layer.blobs.length > 0 ? { ...layer, blobs: shared } : layer
    }),
  )
}

async function netAt(
  { net, file, state }: SolverNet,
  phase: Phase,
  options: TrainingNetsOptions,
): Promise<Net> {
  const source = net instanceof Net ? Buffer.from(writePrototxt(net)) : net
  try {
    return withInputs(await loadNet(source, undefined, { ...state, phase }), options)
  } catch (error) {
    throw error instanceof PrelabError && file !== undefined ? error.at({ file }) : error
  }
}

const reading: Readonly<Record<string, string>> = {
  Data: "data_param",
  HDF5Data: "hdf5_data_param",
  ImageData: "image_data_param",
  MemoryData: "memory_data_param",
}

/** Layers that read a batch from elsewhere become inputs of its size: the arrays take their place, as they are. */
function withInputs(net: Net, { data, labels }: TrainingNetsOptions): Net {
  const warnings: string[] = []
  const layers = net.layers.map((layer): Layer => {
    const section = Object.hasOwn(reading, layer.type) ? reading[layer.type] : undefined
    if (section === undefined) return layer
    const batch = Number((layer.message[section] as Message | undefined)?.batch_size ?? 0)
    if (batch < 1)
      throw new PrelabError("data layer without batch_size", layer.name, { line: layer.origin?.line })
    if (layer.message.transform_param !== undefined)
      warnings.push(`transform_param of ${layer.name} is not applied: arrays are taken as they are`)
    const shapes = layer.tops.map((_, i) => [batch, ...((i === 0 ? data : labels) ?? [])])
    const { phase, include } = layer.message
    const input = inputLayer(layer.name, layer.tops, shapes)
    const message = { ...(phase ? { phase } : {}), ...(include ? { include } : {}), ...input.message }
    return { ...input, message }
  })
  return warnings.length === 0 && layers.every((layer, i) => layer === net.layers[i])
    ? net
    : net.with(layers, { warnings: [...net.warnings, ...warnings] })
}

async function withWeights(net: Net, weights: Source | Net): Promise<Net> {
  const calls = callsOf(net, {}, { weights: "later" })
  if (weights instanceof Net) return copyWeights(calls, modelOf(weights))
  const bytes = await readSource(weights)
  try {
    return copyWeights(calls, readCaffeModel(bytes))
  } catch (error) {
    const file = nameOf(weights)
    throw error instanceof PrelabError && file !== undefined ? error.at({ file }) : error
  }
}

/** The weights of a net as a caffemodel would hold them. */
function modelOf({ name, layers }: Net): CaffeModel {
  const stored = layers.filter(({ blobs }) => blobs.length > 0)
  return {
    name,
    layers: stored.map(({ name, type, blobs }) => ({
      name,
      type,
      blobs: blobs.map(({ shape, data }: Blob) => ({
        shape,
        data: data.slice(0, count(shape)),
        legacy: false,
      })),
      extra: new Uint8Array(),
    })),
    pieces: () => [],
  }
}
