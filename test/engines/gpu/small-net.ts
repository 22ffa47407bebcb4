import { count, type Layer, makeValue, Net, type Shape, type Value } from "../../../src/net/index.js"
import { generator } from "./one-layer.js"

/** conv, then norm, scale and slope in place, pooling, a sum of two branches and a softmax: the shape of real nets. */
export function smallNet(size = 12): { net: Net; input: Value; data: Float32Array } {
  const random = generator("small net")
  const shape = [1, 3, size, size]
  const layers: Layer[] = []
  const add = (
    name: string,
    type: string,
    bottoms: Value[],
    top: string,
    message: object = {},
    blobs: Shape[] = [],
  ): Value => {
    const value = makeValue(top)
    const data = blobs.map((blob) => ({
      shape: blob,
      data: Float32Array.from({ length: count(blob) }, () => random() - 0.3),
    }))
    layers.push({ name, type, bottoms, tops: [value], message: message as Layer["message"], blobs: data })
    return value
  }
  const convolution = { num_output: 8, kernel_size: [3], pad: [1] }
  const input = add("data", "Input", [], "data", { input_param: { shape: [{ dim: shape }] } })
  const conv = add("conv", "Convolution", [input], "conv", { convolution_param: convolution }, [
    [8, 3, 3, 3],
    [8],
  ])
  const norm = add("norm", "BatchNorm", [conv], "conv", {}, [[8], [8], [1]])
  layers.at(-1)!.blobs[1]!.data.fill(2)
  layers.at(-1)!.blobs[2]!.data.fill(1)
  const scaled = add("scale", "Scale", [norm], "conv", { scale_param: { bias_term: true } }, [[8], [8]])
  const sloped = add("slope", "PReLU", [scaled], "conv", {}, [[8]])
  const left = add("left", "Pooling", [sloped], "left", {
    pooling_param: { pool: "MAX", kernel_size: 2, stride: 2 },
  })
  const right = add("right", "Pooling", [sloped], "right", {
    pooling_param: { pool: "AVE", kernel_size: 2, stride: 2 },
  })
  const sum = add("sum", "Eltwise", [left, right], "sum", {})
  const dropped = add("drop", "Dropout", [sum], "sum")
  const score = add("score", "InnerProduct", [dropped], "score", { inner_product_param: { num_output: 5 } }, [
    [5, 8 * Math.ceil(size / 2) ** 2],
    [5],
  ])
  add("prob", "Softmax", [score], "prob")
  return {
    net: new Net({ name: "small", layers }),
    input,
    data: Float32Array.from({ length: count(shape) }, () => random() - 0.5),
  }
}
