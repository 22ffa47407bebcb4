import { PrelabError } from "../../error.js"
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../../layers/index.js"
import { version } from "../../version.js"
import type { OnnxGraph, OnnxPort } from "./graph.js"
import { IR_VERSION, OPSET } from "./opset.js"
import { onnxMessageType } from "./schema.js"

/** TensorProto.DataType. */
const FLOAT = 1
const INT64 = 7

/** protobuf's own limit for one message. */
const maxBytes = 2 ** 31 - 1

/**
 * A graph as a ModelProto, weights as raw bytes: protobufjs copies them once, when it joins the message.
 *
 * @throws PrelabError when the weights do not fit one protobuf message (2 GiB)
 */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const weights = graph.tensors.reduce((bytes, { data }) => bytes + data.byteLength, 0)
  if (weights > maxBytes) throw new PrelabError("model larger than 2 GiB", weights)
  return onnxMessageType("ModelProto")
    .encode({
      ir_version: IR_VERSION,
      opset_import: [{ domain: "", version: OPSET }],
      producer_name: "prelab",
      producer_version: version,
      graph: {
        name: graph.name,
        node: graph.nodes.map((node) => nodeMessage(graph, node)),
        initializer: graph.tensors.map((tensor) => tensorMessage(graph, tensor)),
        input: graph.inputs.map(portMessage),
        output: graph.outputs.map(portMessage),
      },
    })
    .finish()
}

function nodeMessage({ nameOf }: OnnxGraph, { op, name, inputs, outputs, attributes }: OnnxNode) {
  return {
    op_type: op,
    name,
    input: inputs.map((value) => (value === undefined ? "" : nameOf(value))),
    output: outputs.map(nameOf),
    attribute: Object.entries(attributes).map(([key, value]) => ({ name: key, ...attributeFields(value) })),
  }
}

/** The field that holds an attribute and AttributeProto.AttributeType's number for it. */
function attributeFields(value: OnnxAttribute): object {
  if (typeof value === "number") return { type: 2, i: value }
  if (typeof value === "string") return { type: 3, s: Buffer.from(value, "utf8") }
  return "float" in value ? { type: 1, f: value.float } : { type: 7, ints: value }
}

function tensorMessage({ nameOf }: OnnxGraph, { value, shape, data }: OnnxTensor) {
  return {
    name: nameOf(value),
    dims: shape,
    data_type: data instanceof Float32Array ? FLOAT : INT64,
    raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }
}

function portMessage({ name, shape }: OnnxPort) {
  const dim = shape.map((extent) => ({ dim_value: extent }))
  return { name, type: { tensor_type: { elem_type: FLOAT, shape: { dim } } } }
}
