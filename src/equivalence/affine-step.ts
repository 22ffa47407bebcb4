import { type BatchNormParams, usesGlobalStats } from "../layers/batch-norm.js"
import type { NetCalls } from "../layers/index.js"
import type { PowerParams } from "../layers/power.js"
import { canonicalAxis, type Layer, type Message } from "../net/index.js"
import type { Condition } from "./certificate.js"

/** y = (x - mean) / deviation * factor + bias: what a layer has not stays 0 or 1. One number for each channel, or one for all. */
export interface Step {
  readonly layer: Layer
  /** The axis that counts the channels; undefined where all have one number. */
  readonly axis: number | undefined
  readonly mean: Float64Array
  readonly deviation: Float64Array
  readonly factor: Float64Array
  readonly bias: Float64Array
  /** That the layer is such a step at all: `holds` is still to be joined with what its neighbours need. */
  readonly own: Condition
}

const types: ReadonlySet<string> = new Set(["BatchNorm", "BN", "Scale", "Bias", "Power"])

/** May the layer be a constant map of each channel? */
export function isStepType({ type }: Layer): boolean {
  return types.has(type)
}

/** A layer as a step, by Caffe's formulas (batch_norm_layer.cpp, scale_layer.cpp, bias_layer.cpp, power_layer.cpp; the forks' bn_layer.cpp). */
export function stepOf(calls: NetCalls, layer: Layer): Step {
  const blob = (i: number) => Float64Array.from(layer.blobs[i]?.data ?? [Number.NaN])
  const { params, phase, bottoms } = calls.calls.get(layer)!.call
  const plain = {
    layer,
    mean: Float64Array.of(0),
    deviation: Float64Array.of(1),
    factor: Float64Array.of(1),
    bias: Float64Array.of(0),
  }
  const { name, type, blobs } = layer
  const channels = bottoms[0]!.length > 1 ? 1 : undefined
  const normalises = (eps: number, holds: boolean) => {
    return {
      condition: `${name} normalises the channels with stored statistics, eps ${shortest(eps)}`,
      holds: holds && layer.bottoms.length === 1,
    }
  }
  if (type === "Power") {
    const { power, scale, shift } = params as PowerParams
    const own = { condition: `${name} multiplies and adds one number`, holds: power === 1 }
    return { ...plain, axis: undefined, factor: Float64Array.of(scale), bias: Float64Array.of(shift), own }
  }
  if (type === "BatchNorm") {
    const isStored = usesGlobalStats({ params: params as BatchNormParams, phase })
    const { eps } = params as BatchNormParams
    if (blobs.length === 5) {
      // NVCaffe reads no factor, and no eps below 1e-5.
      const own = normalises(Math.max(eps, Math.fround(1e-5)), isStored)
      const deviation = blob(1).map((v) => Math.sqrt(v + Math.max(eps, Math.fround(1e-5))))
      return { ...plain, axis: channels, mean: blob(0), deviation, factor: blob(3), bias: blob(4), own }
    }
    const count = blob(2)[0]!
    const over = (i: number) => blob(i).map((stored) => (count === 0 ? 0 : stored / count))
    const deviation = over(1).map((v) => Math.sqrt(v + eps))
    const own = normalises(eps, isStored && blobs.length === 3)
    return { ...plain, axis: channels, mean: over(0), deviation, own }
  }
  if (type === "BN") {
    const { mode, eps, frozen } = params as { mode: string; eps: number; frozen: boolean }
    const own = { condition: `${name} has its statistics merged into scale and shift`, holds: false }
    if (blobs.length === 2)
      return {
        ...plain,
        axis: channels,
        factor: blob(0),
        bias: blob(1),
        own: { ...own, holds: mode === "INFERENCE" },
      }
    const deviation = blob(3).map((v) => Math.sqrt(v + eps))
    const moving = normalises(eps, blobs.length === 4 && (frozen || phase === "TEST"))
    return { ...plain, axis: channels, mean: blob(2), deviation, factor: blob(0), bias: blob(1), own: moving }
  }
  const param = (layer.message.scale_param ?? layer.message.bias_param ?? {}) as Message
  const shape = blobs[0]?.shape ?? []
  const axis = canonicalAxis(Number(param.axis ?? 1), bottoms[0]!.length)
  const own = {
    condition: `${name} covers the channel axis alone`,
    holds: layer.bottoms.length === 1 && shape.length <= 1,
  }
  const covers = { ...plain, axis: shape.length === 0 ? undefined : axis, own }
  if (type === "Bias") return { ...covers, bias: blob(0) }
  return { ...covers, factor: blob(0), ...(param.bias_term ? { bias: blob(1) } : {}) }
}

/** The float32 eps as a prototxt writes it. */
function shortest(eps: number): number {
  return Number(eps.toPrecision(7))
}

/** Nothing added, and no factor below 0: what f(c x) = c f(x) of an activation that bends at 0 asks for. */
export function isPositiveFactor({ mean, factor, bias }: Step): boolean {
  const adds = [...mean, ...bias].some((each) => each !== 0)
  return !adds && factor.every((each) => each >= 0)
}

/** Where in a step's numbers the one for a place is. */
export type Owner = (place: number) => number

/** A chain of steps at many places: what it multiplies by, what it makes of x, and how large the terms on the way are. */
export class Steps {
  readonly #steps: readonly { step: Step; owner: Owner }[]

  constructor(steps: readonly { step: Step; owner: Owner }[]) {
    this.#steps = steps
  }

  factor(place: number): number {
    return this.#steps.reduce((x, { step, owner }) => {
      const c = owner(place)
      return (x / at(step.deviation, c)) * at(step.factor, c)
    }, 1)
  }

  value(x: number, place: number): number {
    return this.#steps.reduce((y, { step, owner }) => {
      const c = owner(place)
      return ((y - at(step.mean, c)) / at(step.deviation, c)) * at(step.factor, c) + at(step.bias, c)
    }, x)
  }

  /** @param x size of what goes in */
  size(x: number, place: number): number {
    return this.#steps.reduce((y, { step, owner }) => {
      const c = owner(place)
      const product =
        ((y + Math.abs(at(step.mean, c))) / at(step.deviation, c)) * Math.abs(at(step.factor, c))
      return product + Math.abs(at(step.bias, c))
    }, x)
  }
}

function at(numbers: Float64Array, channel: number): number {
  return numbers.length === 1 ? numbers[0]! : numbers[channel]!
}

/** "BatchNorm and Scale" */
export function typesOf(steps: readonly Step[]): string {
  return steps.map(({ layer }) => layer.type).join(" and ")
}

export function readOnce({ net }: NetCalls, layers: readonly Layer[]): Condition[] {
  return layers.slice(1).map((layer, i) => ({
    condition: `${layer.name} is the only reader of ${layers[i]!.name}`,
    holds: net.consumers(layers[i]!.tops[0]!).length === 1,
  }))
}

/** Steps at their places; a step whose channels are not the places breaks its condition. */
export function placed(
  steps: readonly Step[],
  ownerOf: (step: Step) => Owner | undefined,
): { steps: Steps; conditions: Condition[] } {
  const owned = steps.map((step) => ({ step, owner: ownerOf(step) }))
  return {
    steps: new Steps(owned.map(({ step, owner }) => ({ step, owner: owner ?? (() => 0) }))),
    conditions: owned.map(({ step, owner }) => ({
      ...step.own,
      holds: step.own.holds && owner !== undefined,
    })),
  }
}
