import { type Layer, nearest } from "../net/index.js"
import { batchNorm } from "./batch-norm.js"
import { concat } from "./concat.js"
import { convolution } from "./convolution.js"
import { dropout } from "./dropout.js"
import { eltwise } from "./eltwise.js"
import { innerProduct } from "./inner-product.js"
import { input } from "./input.js"
import type { AnyLayerType } from "./layer-type.js"
import { pooling } from "./pooling.js"
import { prelu } from "./prelu.js"
import { UnsupportedLayer } from "./problems.js"
import { relu } from "./relu.js"
import { scale } from "./scale.js"
import { softmax } from "./softmax.js"
import { split } from "./split.js"

/** Every layer type prelab runs. To add one: write its file, add it here. */
const layerTypes: readonly AnyLayerType[] = [
  batchNorm,
  concat,
  convolution,
  dropout,
  eltwise,
  innerProduct,
  input,
  pooling,
  prelu,
  relu,
  scale,
  softmax,
  split,
]

const byName = new Map(layerTypes.map((type) => [type.type, type]))

export function isSupported(type: string): boolean {
  return byName.has(type)
}

export function supportedTypes(): string[] {
  return [...byName.keys()]
}

/** @throws UnsupportedLayer naming the layer, its type and the nearest supported type. */
export function layerTypeOf(layer: Layer): AnyLayerType {
  const type = byName.get(layer.type)
  if (type) return type
  const hint = nearest(layer.type, byName.keys())
  throw new UnsupportedLayer(
    "unsupported layer type",
    `${layer.type} in layer ${layer.name}`,
    hint ? { hint: `did you mean "${hint}"?` } : {},
  )
}
