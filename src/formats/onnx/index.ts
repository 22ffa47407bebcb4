export { encodeModel } from "./encode.js"
export { type ExportedBlob, type ExportOptions, ExportReport, exportOnnx } from "./export-onnx.js"
export { graphOf, type OnnxGraph, type OnnxPort, OnnxRefusal } from "./graph.js"
export { IR_VERSION, OPSET } from "./opset.js"
