import { PrelabError } from "../error.js"
import { formatShape, type Message, type Shape } from "../net/index.js"
import { FUNCTION_ERROR } from "./elementary.js"
import type { Call } from "./layer-type.js"
import { booleanOf, enumOf, numberOf, section } from "./param.js"
import { ETA, gamma } from "./rounding.js"

/** What a loss is divided by. */
export type Normalization = "FULL" | "VALID" | "BATCH_SIZE" | "NONE"

export interface LossParams {
  readonly normalization: Normalization
  /** Examples with this label count for nothing. */
  readonly ignoreLabel: number | undefined
}

/** `loss_param`. `normalize` is the older field: it counts only where `normalization` is not set. */
export function parseLoss(message: Message, otherwise: Normalization = "VALID"): LossParams {
  const param = section(message, "loss_param")
  const older =
    param.normalize === undefined ? otherwise : booleanOf(param, "normalize", true) ? "VALID" : "BATCH_SIZE"
  return {
    normalization: enumOf(param, "normalization", ["FULL", "VALID", "BATCH_SIZE", "NONE"], older),
    ignoreLabel: param.ignore_label === undefined ? undefined : numberOf(param, "ignore_label", 0),
  }
}

/** The divisor of a loss over `outer` examples of `inner` places, `valid` of which counted; never below 1. */
export function normalizer(mode: Normalization, outer: number, inner: number, valid: number): number {
  const divisor = { FULL: outer * inner, VALID: valid, BATCH_SIZE: outer, NONE: 1 }[mode]
  return Math.max(1, divisor)
}

/**
 * loss_layer.cpp: the bottoms agree on how many examples there are.
 *
 * @throws PrelabError for another number of bottoms, or of examples.
 */
export function checkBottoms(type: string, bottoms: readonly Shape[], least: number, most = least): void {
  if (bottoms.length < least || bottoms.length > most) {
    const wanted = least === most ? `${least}` : `${least} or ${most}`
    throw new PrelabError("wrong number of bottoms", `${bottoms.length}, ${type} has ${wanted}`)
  }
  const [data, label] = bottoms as [Shape, Shape]
  if (data.length === 0 || data[0] !== label[0])
    throw new PrelabError("data and label differ in number", `${formatShape(data)} and ${formatShape(label)}`)
}

/** One label for every place around the class axis. */
export function checkLabels(places: number, label: Shape, labels: number): void {
  if (places !== labels)
    throw new PrelabError("one label per prediction", `${formatShape(label)} for ${places} predictions`)
}

/**
 * A label as Caffe reads it, cut to an integer. Caffe's release builds read beyond the blob where it is not a class.
 *
 * @throws PrelabError for a label that is no class.
 */
export function classOf({ layer }: Pick<Call<unknown>, "layer">, label: number, classes: number): number {
  const index = Math.trunc(label)
  if (!(index >= 0 && index < classes))
    throw new PrelabError("label out of range", `${label} of ${classes} classes in layer ${layer.name}`)
  return index
}

/** Can the errors of a blob of labels make another integer of one? Then nothing is known about what follows. */
export function areUncertain(labels: Float32Array, errors: Float64Array): boolean {
  return labels.some((label, i) => Math.trunc(label - errors[i]!) !== Math.trunc(label + errors[i]!))
}

/** A sum under way: of the terms of a loss, of their magnitudes, and of their errors. */
export class LossSum {
  #terms = 0
  #magnitude = 0
  #error = 0

  add(term: number, error: number): void {
    this.#terms++
    this.#magnitude += Math.abs(term)
    this.#error += error
  }

  /** The bound of the sum in any order, divided by `divisor`. */
  bound(divisor: number): Float64Array {
    const rounding = gamma(this.#terms + 3) * (this.#magnitude + this.#error)
    return Float64Array.of((this.#error + rounding) / divisor + ETA)
  }
}

/** How far -log(max(p, floor)) may be off, where p is within `error`. */
export function logError(p: number, error: number, floor: number): number {
  const at = Math.max(p, floor)
  const moved = Math.max(Math.log(Math.max(p + error, floor) / at), Math.log(at / Math.max(p - error, floor)))
  return moved + FUNCTION_ERROR * (Math.abs(Math.log(at)) + moved)
}
