import { callsOf, type InputShapes } from "../../layers/index.js"
import { formatShape, type Net, type Shape } from "../../net/index.js"
import { writeFileAtomic } from "../write-file.js"
import { encodeModel } from "./encode.js"
import { graphOf, type OnnxPort } from "./graph.js"
import { IR_VERSION, OPSET } from "./opset.js"

export interface ExportOptions {
  /** Shapes by input name, in place of those that the prototxt states: an ONNX file is for one size. */
  readonly inputs?: InputShapes
}

/** A blob at the edge of an exported net. */
export interface ExportedBlob {
  readonly name: string
  readonly shape: Shape
}

/** What became of an export. */
export class ExportReport {
  readonly file: string
  readonly opset = OPSET
  readonly irVersion = IR_VERSION
  readonly nodes: number
  readonly inputs: readonly ExportedBlob[]
  readonly outputs: readonly ExportedBlob[]
  readonly bytes: number

  constructor({ file, nodes, inputs, outputs, bytes }: Omit<ExportReport, "opset" | "irVersion">) {
    this.file = file
    this.nodes = nodes
    this.inputs = inputs
    this.outputs = outputs
    this.bytes = bytes
  }

  toString(): string {
    const list = (blobs: readonly ExportedBlob[]) =>
      blobs.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(", ")
    const nodes = this.nodes === 1 ? "1 node" : `${this.nodes} nodes`
    const size = `${this.bytes.toLocaleString("en-US")} bytes`
    const blobs = `${list(this.inputs) || "no input"} → ${list(this.outputs)}`
    return `${this.file}: ONNX opset ${this.opset}, ${nodes}, ${size}; ${blobs}`
  }
}

/**
 * Writes a net as an ONNX file (opset 17, float32) that computes what the net computes in its phase, at one
 * input size. Layers keep Caffe's semantics, by several nodes where ONNX's own differ: pooling that rounds
 * up, averages that count the padding.
 *
 * ```ts
 * await exportOnnx(net, "out/det1.onnx", { inputs: { data: [1, 3, 216, 384] } })
 * ```
 *
 * @throws OnnxRefusal naming the layers that ONNX has no nodes for, PrelabError when a layer cannot run or
 * the file cannot be written; an old file is then still whole
 */
export async function exportOnnx(net: Net, path: string, options: ExportOptions = {}): Promise<ExportReport> {
  const graph = graphOf(callsOf(net, options.inputs ?? {}), net.outputs)
  const bytes = encodeModel(graph)
  await writeFileAtomic(path, bytes)
  const plain = ({ name, shape }: OnnxPort): ExportedBlob => ({ name, shape })
  return new ExportReport({
    file: path,
    nodes: graph.nodes.length,
    inputs: graph.inputs.map(plain),
    outputs: graph.outputs.map(plain),
    bytes: bytes.length,
  })
}
