import { PrelabError, Refusal } from "../../error.js"
import {
  inLayer,
  type NetCalls,
  needed,
  type OnnxNode,
  OnnxNodes,
  type OnnxTensor,
  type OnnxValue,
} from "../../layers/index.js"
import type { Layer, Shape, Value } from "../../net/index.js"
import { Names } from "./names.js"

/** An input or output of a graph: a blob of the net under the name that it has in the file. */
export interface OnnxPort {
  readonly value: Value
  readonly name: string
  readonly shape: Shape
}

/** A net at one input size as an ONNX graph. */
export interface OnnxGraph {
  readonly name: string
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly nodes: readonly OnnxNode[]
  readonly tensors: readonly OnnxTensor[]
  /** The name of a node's input or output in the file. */
  nameOf(value: OnnxValue): string
}

/** Layers that ONNX has no nodes for. */
export class OnnxRefusal extends Refusal {
  /** One reason a layer. */
  readonly reasons: readonly PrelabError[]

  constructor(reasons: readonly PrelabError[]) {
    const [first, ...more] = reasons as [PrelabError, ...PrelabError[]]
    const hint = more.length > 0 ? `${more.length} more like it` : first.hint
    super(first.what, first.value, { ...(hint ? { hint } : {}), cause: first })
    this.reasons = reasons
  }
}

/** What layers have become so far. */
class Parts {
  readonly nodes: OnnxNode[] = []
  readonly tensors: OnnxTensor[] = []
  readonly values = new Map<Value, OnnxValue>()
  readonly #first = new Map<OnnxTensor["data"], OnnxTensor[]>()
  readonly #same = new Map<OnnxValue, OnnxValue>()

  add({ nodes, tensors }: OnnxNodes): void {
    this.nodes.push(...nodes)
    for (const tensor of tensors) {
      const known = this.#first.get(tensor.data) ?? []
      const same = known.find(({ shape }) => shape.join() === tensor.shape.join())
      if (same) this.#same.set(tensor.value, same.value)
      else {
        this.#first.set(tensor.data, [...known, tensor])
        this.tensors.push(tensor)
      }
    }
  }

  /** Layers that share a parameter blob share its constant. */
  same(value: OnnxValue): OnnxValue {
    return this.#same.get(value) ?? value
  }
}

/**
 * Lines up the nodes of every layer that the wanted values need. Every blob keeps its name; of those that a
 * net computes in place the output does.
 *
 * @throws OnnxRefusal naming the layers that have no nodes; PrelabError where a layer cannot run at all, or
 * nothing is wanted
 */
export function graphOf(calls: NetCalls, wanted: readonly Value[]): OnnxGraph {
  const { net, shapes } = calls
  if (wanted.length === 0) throw new PrelabError("graph needs an output")
  const parts = partsOf(calls, needed(calls, wanted))
  const names = new Names<OnnxValue>()
  const inputs = net.inputs
    .filter((value) => parts.values.has(value))
    .map(
      (value): OnnxPort => ({
        value,
        name: names.give(parts.values.get(value)!, value.blob),
        shape: shapes.get(value)!,
      }),
    )
  const outputs = outputsOf(parts, wanted).map(
    ([value, from]): OnnxPort => ({
      value,
      name: names.give(from, value.blob),
      shape: shapes.get(value)!,
    }),
  )
  for (const [value, from] of parts.values) names.give(parts.same(from), value.blob)
  const nodeNames = new Names<OnnxNode>()
  return {
    name: net.name || "net",
    inputs,
    outputs,
    nodes: parts.nodes.map((node) => ({ ...node, name: nodeNames.give(node, node.name) })),
    tensors: parts.tensors,
    nameOf: (value) => names.give(parts.same(value), value.name),
  }
}

function partsOf(calls: NetCalls, layers: readonly Layer[]): Parts {
  const parts = new Parts()
  const reasons: PrelabError[] = []
  for (const layer of layers) {
    const problem = calls.problems.get(layer)
    if (problem) throw problem
    // Until its nodes say otherwise a top stands for itself: the input of the graph, or of what a refused
    // layer feeds.
    for (const top of layer.tops) parts.values.set(top, { name: top.blob })
    if (layer.type === "Input") continue
    try {
      addNodes(calls, layer, parts)
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      reasons.push(error)
    }
  }
  if (reasons.length > 0) throw new OnnxRefusal(reasons)
  return parts
}

/** @throws PrelabError naming the layer, when it has no nodes */
function addNodes({ calls }: NetCalls, layer: Layer, parts: Parts): void {
  const { type, call } = calls.get(layer)!
  if (!type.onnx)
    throw new PrelabError("no ONNX nodes for layer type", `${layer.type} in layer ${layer.name}`)
  const nodes = new OnnxNodes(layer.name)
  const bottoms = layer.bottoms.map((bottom) => parts.values.get(bottom)!)
  try {
    const tops = type.onnx(call, nodes, bottoms)
    layer.tops.forEach((top, i) => {
      parts.values.set(top, tops[i]!)
    })
    parts.add(nodes)
  } catch (error) {
    if (!(error instanceof PrelabError)) throw error
    throw inLayer(error, layer)
  }
}

/**
 * An output of a graph is the result of a node, and one result is one output: what is passed on gets a node
 * of its own.
 */
function outputsOf(parts: Parts, wanted: readonly Value[]): [Value, OnnxValue][] {
  const results = new Set(parts.nodes.flatMap(({ outputs }) => outputs))
  return wanted.map((value) => {
    const from = parts.values.get(value)!
    if (results.delete(from)) return [value, from]
    const copy = new OnnxNodes(value.blob)
    const copied = copy.add("Identity", [from])
    parts.add(copy)
    return [value, copied]
  })
}
