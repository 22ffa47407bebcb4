export { callsOf, type InputShapes, type NetCalls } from "./calls.js"
export { type GpuArgument, type GpuKernel, MAX_ARRAYS } from "./gpu-kernel.js"
export type { AnyLayerType, BackwardPass, Call, Diffs, LayerType } from "./layer-type.js"
export { needed } from "./needed.js"
export {
  type OnnxAttribute,
  type OnnxNode,
  OnnxNodes,
  type OnnxTensor,
  type OnnxValue,
} from "./onnx-nodes.js"
export { arrayOf, type Pointwise, placeOf } from "./pointwise.js"
export { inLayer, MissingWeights, UnsupportedLayer } from "./problems.js"
export { ETA, gamma, U } from "./rounding.js"
export { ArrayPool, Loan } from "./simd/array-pool.js"
export { isSupported, layerTypeOf, refusalOf, supportedTypes } from "./table.js"
