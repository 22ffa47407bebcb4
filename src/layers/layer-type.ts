import type { Blob, Layer, Message, Phase, Shape } from "../net/index.js"
import type { GpuKernel } from "./gpu-kernel.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { type Pointwise, pointwiseKernel } from "./pointwise.js"
import type { UnsupportedLayer } from "./problems.js"

/**
 * One layer at one input size: all that is known before any data flows. `P` is the layer type's own
 * parameters.
 */
export interface Call<P> {
  readonly layer: Layer
  readonly params: P
  readonly phase: Phase
  readonly bottoms: readonly Shape[]
  readonly tops: readonly Shape[]
  readonly blobs: readonly Blob[]
  /**
   * What is drawn at random, Dropout's masks, is drawn from it: the same for the same seed. 1 unless told.
   */
  readonly seed?: number
}

/**
 * What the backward pass of one layer starts from: the values of its forward pass and the diffs of its tops.
 */
export interface BackwardPass {
  readonly bottoms: readonly Float32Array[]
  readonly tops: readonly Float32Array[]
  /** One a top, zeros where nothing depends on it. */
  readonly topDiffs: readonly Float32Array[]
  /** Which bottoms are to get a diff: Caffe's `propagate_down`. */
  readonly propagateDown: readonly boolean[]
  /** Which blobs are to get one: those with `lr_mult: 0` need none. */
  readonly paramPropagateDown: readonly boolean[]
}

/** The derivatives of the loss. One that is absent is zero, or was not asked for. */
export interface Diffs {
  readonly bottomDiffs: readonly (Float32Array | undefined)[]
  readonly blobDiffs?: readonly (Float32Array | undefined)[]
}

/**
 * Everything prelab knows about one Caffe layer type. One file each; `index.ts` lists them. The life of a
 * layer: parse its parameters, infer shapes, run forward (reference or gpu.js) and backward, bound the
 * rounding error.
 */
export interface LayerType<P> {
  /** Caffe's name: `type: "Convolution"`. */
  readonly type: string

  /** The parameters with Caffe's defaults filled in. Coerces and rejects, computes nothing. */
  parse(message: Message, layer: Layer): P

  /**
   * Why a layer of this type cannot run, where forks mean different things by it; the net still loads and
   * shows.
   */
  refusal?(layer: Layer): UnsupportedLayer | undefined

  /**
   * Why one call cannot run although its shapes are known: its values are drawn at random, say. What follows
   * still shows.
   */
  refusalAt?(call: Call<P>): UnsupportedLayer | undefined

  /**
   * Shapes of the tops.
   * @throws PrelabError when the bottoms cannot be used.
   */
  shape(call: Omit<Call<P>, "tops">): Shape[]

  /**
   * Shapes of the parameter blobs as Caffe's LayerSetUp makes them; absent for layers without parameters.
   * Where forks disagree `layer.blobs`, if there are any, says whose layer it is.
   */
  blobShapes?(call: Omit<Call<P>, "tops" | "blobs">): Shape[]

  /**
   * The reference forward pass, bottoms to tops, in Caffe's order of operations for elementwise layers and
   * with double accumulators, rounded once, for sums. May return a bottom's own array when the layer is the
   * identity.
   */
  forward(call: Call<P>, bottoms: readonly Float32Array[]): Float32Array[]

  /**
   * Running rounding bound: for every element of every top, the largest difference from the exact result of
   * this layer that float32 evaluation can make in any order of summation, when the bottoms themselves carry
   * at most `errors`. `tops` are the computed values. u = 2^-24, gamma_n = n u / (1 - n u) (Higham, "Accuracy
   * and Stability of Numerical Algorithms", section 3.1).
   */
  bound(
    call: Call<P>,
    bottoms: readonly Float32Array[],
    tops: readonly Float32Array[],
    errors: readonly Float64Array[],
  ): Float64Array[]

  /**
   * The backward pass: from the diffs of the tops to those of the bottoms and blobs, in Caffe's order of
   * operations for elementwise layers and with double accumulators, rounded once, for sums. It may skip what
   * is not asked for, and may return a top's own diff. Absent where Caffe's layer has none (Accuracy, ArgMax,
   * Threshold, …).
   */
  backward?(call: Call<P>, pass: BackwardPass): Diffs

  /**
   * Bottoms that nothing can be propagated to, by index: what Caffe calls them when it is asked to ("label
   * inputs").
   */
  readonly dataOnly?: Readonly<Record<number, string>>

  /**
   * The blobs after a forward pass in training, where that itself changes them: BatchNorm's running averages.
   * Undefined where this call changes nothing.
   */
  blobsAfterForward?(call: Call<P>, bottoms: readonly Float32Array[]): Float32Array[] | undefined

  /**
   * gpu.js kernels; absent where the type has none yet, and where `pointwise` says it all. An empty list: the
   * top is the bottom's own data.
   */
  gpu?(call: Call<P>): GpuKernel[]

  /**
   * ONNX nodes (opset 17), added to `onnx`; returns the values of the tops, which may be those of the
   * bottoms. Absent where ONNX has no equivalent.
   * @throws PrelabError when it has none for this call.
   */
  onnx?(call: Call<P>, onnx: OnnxNodes, bottoms: readonly OnnxValue[]): readonly OnnxValue[]

  /**
   * The layer as one formula of the values at a place, which may be fused into the layer before; undefined
   * where it is none.
   */
  pointwise?(call: Call<P>): Pointwise | undefined

  /** Multiplications of one forward pass (multiply-accumulates for sums of products). */
  macs?(call: Call<P>): number
}

/** A layer type whose parameters are hidden, as the table and the engines see it. */
export type AnyLayerType = LayerType<unknown>

/** Checks a layer type against its own parameter type and hides it. */
export function defineLayer<P>(type: LayerType<P>): AnyLayerType {
  const { pointwise } = type
  const gpu = pointwise && { gpu: (call: Call<P>) => [pointwiseKernel(pointwise(call)!)] }
  return { ...gpu, ...type } as unknown as AnyLayerType
}
