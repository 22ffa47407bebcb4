import type { Ran } from "../engines/engine.js"
import { allowance, lostBelow } from "../engines/gpu/precision.js"
import { onnxAllowance } from "../engines/onnx/precision.js"
import { parseConvolution } from "../layers/convolution.js"
import { ETA, type NetCalls, U } from "../layers/index.js"
import { eachPart, mapped } from "../layers/parts.js"
import { canonicalAxis, count, type Layer } from "../net/index.js"
import type { Bound } from "./evaluate.js"

/** Linear layers whose parameters were rounded when they were stored, and by how many roundings at most. */
export interface Stored {
  readonly layers: readonly Layer[]
  readonly roundings: number
}

/**
 * The bound of each layer of a piece: the layer type's own, and on top of it
 *
 * - for a rewritten layer the rounding of its stored parameters: |W' - W| <= r |W'| changes a sum of products
 *   by at most r sum |W'||x|, just as an error of r |x| on every bottom value does, and b' by r |b'|, with r
 *   = roundings u / (1 - u);
 * - what the backend may add to IEEE 754 float32: WGSL's less accurate operations, subnormals read and
 *   written as zero, onnxruntime's approximations.
 *
 * @param ran what runs the piece, undefined for the reference engine alone
 */
export function pieceBound(
  { calls }: NetCalls,
  stored: Stored | undefined,
  ran: Pick<Ran, "engine" | "backend"> | undefined,
): Bound {
  const backend = ran?.engine === "onnx" ? undefined : ran?.backend
  return (layer, bottoms, tops, errors) => {
    const { type, call } = calls.get(layer)!
    const r = stored?.layers.includes(layer) ? (stored.roundings * U) / (1 - stored.roundings * U) : 0
    const flush = lostBelow(backend)
    const approximation = ran?.engine === "onnx" ? onnxAllowance(layer.type) : undefined
    if (approximation) {
      const bounds = type.bound(call, bottoms, tops, errors)
      return bounds.map((bound) => mapped(bound, (error, i) => error + approximation(bottoms[0]![i]!)))
    }
    if (r === 0 && flush === 0) return type.bound(call, bottoms, tops, errors)
    const widened = bottoms.map((x, b) =>
      mapped(errors[b]!, (error, i) => error + r * (Math.abs(x[i]!) + error) + flush),
    )
    const bounds = type.bound(call, bottoms, tops, widened)
    const ulp = 2 * U * (backend ? allowance(backend, layer.type) : 0)
    const weight = layer.blobs[0]
    const terms = weight ? count(weight.shape, 1) : 1
    const lost = Math.max(r > 0 ? 2 * ETA : 0, flush)
    const bias = r > 0 ? layer.blobs[layer.type === "Bias" ? 0 : 1]?.data : undefined
    bounds.forEach((bound, t) => {
      const shape = call.tops[t]!
      const y = tops[t]!
      const inner = bias ? count(shape, channelAxis(layer, shape.length) + 1) : 1
      // Every weight and every product may have left the normal range.
      const underflow = lost * (sumOfSizes(bottoms[Math.min(t, bottoms.length - 1)]!) + 2 * terms + 1)
      eachPart(bound.length, (from, to) => {
        for (let i = from; i < to; i++) {
          const b = bias ? r * Math.abs(bias[Math.floor(i / inner) % bias.length]!) : 0
          bound[i] = bound[i]! + b + ulp * (Math.abs(y[i]!) + bound[i]!) + underflow
        }
      })
    })
    return bounds
  }
}

function channelAxis({ type, message }: Layer, axes: number): number {
  const param = (message.scale_param ?? message.bias_param) as { axis?: number } | undefined
  if (type === "Scale" || type === "Bias") return canonicalAxis(param?.axis ?? 1, axes)
  return type === "InnerProduct" ? axes - 1 : canonicalAxis(parseConvolution(message).axis, axes)
}

function sumOfSizes(data: Float32Array): number {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += Math.abs(data[i]!)
  return sum
}
