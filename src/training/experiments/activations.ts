import { PrelabError } from "../../error.js"
import type { Layer, Message, Net } from "../../net/index.js"

/** What stands where a net has its ReLUs and PReLUs. */
export interface Activation {
  readonly type: "ReLU" | "PReLU"
  /** ReLU's negative_slope (0 unless told), or what PReLU's slopes begin with (0.25). */
  readonly slope?: number
  /** One slope for all channels. */
  readonly shared?: boolean
  /** PReLU's multipliers of learning rate and weight decay: 1 unless told. */
  readonly lrMult?: number
  readonly decayMult?: number
}

const isActivation = ({ type }: Layer) => type === "ReLU" || type === "PReLU"

/**
 * The net with other activations: every ReLU and PReLU is replaced, names and wiring stay.
 * @throws PrelabError where there is none
 */
export function withActivations(net: Net, activation: Activation): Net {
  if (!net.layers.some(isActivation)) throw new PrelabError("no ReLU or PReLU in the net", net.name || "net")
  return net.with(
    net.layers.map((layer) => {
      if (!isActivation(layer)) return layer
      const { relu_param: _relu, prelu_param: _prelu, param: _param, ...message } = layer.message
      const { name, bottoms, tops } = layer
      return {
        name,
        type: activation.type,
        bottoms,
        tops,
        blobs: [],
        message: { ...message, ...paramsOf(activation) },
      }
    }),
  )
}

/** The net without what its activations have learned: other ones may take their place. */
export function withoutSlopes(net: Net): Net {
  return net.with(net.layers.map((layer) => (isActivation(layer) ? { ...layer, blobs: [] } : layer)))
}

function paramsOf({ type, slope, shared, lrMult, decayMult }: Activation): Message {
  if (type === "ReLU") return slope ? { relu_param: { negative_slope: slope } } : {}
  const param = {
    ...(lrMult === undefined ? {} : { lr_mult: lrMult }),
    ...(decayMult === undefined ? {} : { decay_mult: decayMult }),
  }
  return {
    prelu_param: {
      filler: { type: "constant", value: slope ?? 0.25 },
      ...(shared ? { channel_shared: true } : {}),
    },
    ...(Object.keys(param).length > 0 ? { param: [param] } : {}),
  }
}
