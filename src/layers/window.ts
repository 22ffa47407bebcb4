import { PrelabError } from "../error.js"
import type { Message } from "../net/index.js"
import { listOf, numberOf } from "./param.js"

/** One number per spatial axis: kernel, stride, pad or dilation. */
export type PerAxis = readonly number[]

/**
 * Reads `kernel_size`/`kernel_h`/`kernel_w` and their kin as Caffe's base_conv_layer.cpp does: the `_h`/`_w` pair only for two
 * spatial axes and never beside the repeated field, which holds none (the default), one for all axes, or one per axis.
 */
export function perAxis(
  param: Message,
  repeated: string,
  pair: readonly [h: string, w: string] | undefined,
  axes: number,
  otherwise: number,
): PerAxis {
  const given = listOf(param, repeated)
  const [h, w] = pair ?? []
  if (h !== undefined && w !== undefined && (param[h] !== undefined || param[w] !== undefined)) {
    if (given.length > 0) throw new PrelabError(`${repeated} and ${h}/${w} together`, given.join(","))
    if (axes !== 2) throw new PrelabError(`${h} and ${w} need two spatial axes`, axes)
    return [numberOf(param, h, otherwise), numberOf(param, w, otherwise)]
  }
  if (given.length === 0) return new Array<number>(axes).fill(otherwise)
  if (given.length !== 1 && given.length !== axes) {
    throw new PrelabError(
      `${repeated} must be given once or per axis`,
      `${given.length} values for ${axes} axes`,
    )
  }
  return given.length === 1 ? new Array<number>(axes).fill(given[0]!) : given
}
