import type { NetCalls } from "../layers/index.js"
import type { Layer, Message } from "../net/index.js"

/**
 * What a Dropout multiplies by when the net runs: 1 in Caffe's own, something else in forks (`scale_train: false`, ENet's
 * SpatialDropoutLayer). It is what the layer makes of a one. Undefined for other layers, and where it drops at random.
 */
export function dropoutFactor({ calls, problems }: NetCalls, layer: Layer): number | undefined {
  const known = calls.get(layer)
  if (!known || problems.has(layer) || known.call.phase !== "TEST") return undefined
  const python = (layer.message.python_param as Message | undefined)?.layer
  if (layer.type !== "Dropout" && !(layer.type === "Python" && python === "SpatialDropoutLayer"))
    return undefined
  return known.type.forward(known.call, [Float32Array.of(1)])[0]![0]!
}
