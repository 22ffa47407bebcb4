import type { Layer, Message, Value } from "../net/index.js"
import { type ChannelAffine, isFactor, isShift } from "./channel-affine.js"
import type { Run } from "./fold-run.js"
import { ownSpec, rulesOf, specsOf } from "./wiring.js"

/**
 * One layer that does what a run does, as plain as it can be: a Bias where it only adds, a Scale without a bias where it only multiplies,
 * else a Scale with one. It has the name of the first member with another number of blobs, if there is one: old weights under that name are
 * then refused, not taken for the new ones.
 */
export function oneLayer(run: Run, affine: ChannelAffine, top: Value): Layer {
  const { members, start, axis } = run
  const { gain, shift } = affine
  const [adds, multiplies] = [!isFactor(affine), !isShift(affine)]
  const kept = [...(multiplies || !adds ? [gain] : []), ...(adds ? [shift] : [])]
  // One number for all channels is a blob without axes.
  const shape = axis === undefined ? [] : [gain.length]
  const covered = axis === undefined ? { axis: 0, num_axes: 0 } : { axis }
  const blobs = kept.map((values) => ({ shape, data: Float32Array.from(values) }))
  const type = multiplies || !adds ? "Scale" : "Bias"
  const param = type === "Scale" ? { scale_param: { ...covered, bias_term: adds } } : { bias_param: covered }
  const { name } = members.find((member) => member.blobs.length !== blobs.length) ?? members[0]!
  const message: Message = { ...rulesOf(members[0]!), ...specs(members, type, blobs.length), ...param }
  return { name, type, bottoms: [start], tops: [top], message, blobs }
}

/** The learning rates of the last member that has them for such blobs. */
function specs(members: readonly Layer[], type: string, count: number): Message {
  const last = members.findLast((member) => member.type === type && specsOf(member).length >= count)
  return last ? { param: specsOf(last).slice(0, count).map(ownSpec) } : {}
}
