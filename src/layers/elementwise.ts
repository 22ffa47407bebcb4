import { PrelabError } from "../error.js"
import { count, type Layer, type Message } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import { type AnyLayerType, type Call, defineLayer, type LayerType } from "./layer-type.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { mapped } from "./parts.js"
import { BOTTOM } from "./pointwise.js"

/** A layer type that maps each value of its one bottom by itself. */
export interface Elementwise<P> {
  readonly type: string
  parse(message: Message): P
  /** The function in Caffe's order of operations; the caller rounds its result to float32. */
  value(params: P): (x: number) => number
  /**
   * The diff of the bottom at x, where the top is y and its diff is `diff`, in Caffe's order of operations;
   * the caller rounds it to float32. Absent where Caffe has no backward pass.
   */
  slope?(params: P): (x: number, y: number, diff: number) => number
  /** Rounding bound of one value y at x, where x itself may be off by `error`. */
  bound(params: P): (x: number, y: number, error: number) => number
  /** The value that ONNX nodes compute of the value `x`. */
  onnx(params: P): (onnx: OnnxNodes, x: OnnxValue, call: Call<P>) => OnnxValue
  /** Statements of a gpu.js kernel that return the value at `v`. */
  gpu(params: P): string
  /** Multiplications per value. */
  macs?(params: P): number
  /** Caffe refuses to run the type in place. */
  readonly outOfPlace?: true
}

/** @throws PrelabError when the layer's top has its bottom's name. */
export function refuseInPlace({ type, bottoms, tops }: Layer): void {
  if (bottoms[0]!.blob === tops[0]!.blob)
    throw new PrelabError(`${type} cannot run in place`, `top ${tops[0]!.blob}`)
}

/** The layer type of a function of one value. */
export function defineElementwise<P>(type: Elementwise<P>): AnyLayerType {
  return defineLayer<P>({
    type: type.type,
    parse: (message) => type.parse(message),

    shape({ layer, bottoms: [bottom] }) {
      if (type.outOfPlace) refuseInPlace(layer)
      return [[...bottom!]]
    },

    forward({ params }, [x]) {
      return [mapped(x!, type.value(params))]
    },

    ...(type.slope ? { backward: backwardOf(type.slope) } : {}),

    bound({ params }, [x], [y], [e]) {
      const boundOf = type.bound(params)
      return [mapped(e!, (error, i) => boundOf(x![i]!, y![i]!, error))]
    },

    onnx: (call, onnx, [x]) => [type.onnx(call.params)(onnx, x!, call)],

    pointwise: ({ params, tops }) => ({
      around: aroundAxis(tops[0]!, 1),
      operands: { v: BOTTOM },
      body: type.gpu(params),
    }),

    macs: ({ params, tops }) => count(tops[0]!) * (type.macs?.(params) ?? 0),
  })
}

function backwardOf<P>(slopeOf: NonNullable<Elementwise<P>["slope"]>): NonNullable<LayerType<P>["backward"]> {
  return ({ params }, { bottoms: [x], tops: [y], topDiffs: [diff] }) => {
    const slope = slopeOf(params)
    return { bottomDiffs: [mapped(diff!, (d, i) => slope(x![i]!, y![i]!, d))] }
  }
}
