import { PrelabError } from "../../error.js"
import type { Message } from "../../net/index.js"
import { repeated } from "./file-layer.js"

/**
 * The `input`, `input_shape` and `input_dim` fields as one Input layer named "input" (upgrade_proto.cpp, UpgradeNetInput);
 * undefined where the net has no such fields.
 *
 * @throws PrelabError when the shapes do not match the inputs
 */
export function inputLayer(net: Message): Message | undefined {
  const top = repeated<string>(net, "input")
  if (top.length === 0) return undefined
  const dims = repeated<number>(net, "input_dim")
  const given = repeated<Message>(net, "input_shape")
  if (given.length > 0 && dims.length > 0)
    throw new PrelabError("input_shape and input_dim together", top.join(", "))
  if (given.length === 0 && dims.length !== 4 * top.length) {
    throw new PrelabError("input_dim needs four values per input", `${dims.length} for ${top.length} inputs`)
  }
  if (given.length > 0 && given.length !== top.length) {
    throw new PrelabError("one input_shape per input", `${given.length} for ${top.length} inputs`)
  }
  const shape = given.length > 0 ? given : top.map((_, i) => ({ dim: dims.slice(4 * i, 4 * i + 4) }))
  return { name: "input", type: "Input", top, input_param: { shape } }
}
