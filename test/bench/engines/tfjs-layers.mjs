// Each Caffe layer type as tfjs says it: one table entry a type.

/** @typedef {import("../../../src/layers/index.js").NetCalls} NetCalls */
/** @typedef {import("../../../src/net/index.js").Layer} Layer */
/** @typedef {import("../../../src/net/index.js").Message} Message */
/** @typedef {import("../../../src/net/index.js").Shape} Shape */
/** @typedef {import("./tfjs-net.mjs").Weights} Weights */
/** @typedef {import("./tfjs-net.mjs").Weight} Weight */

/** A layer at one input size. @typedef {{ layer: Layer, params: any, bottom: Shape, top: Shape, blobs: Float32Array[] }} Call */

/**
 * What a layer becomes; `parts` are the layers after it that became part of it.
 * @typedef {{ kind: string, weights: Record<string, Weight>, settings: Record<string, unknown>, parts: Layer[],
 *   activation?: "relu" | "prelu" }} Made
 */

/** @typedef {{ weights: Weights, next: (layer: Layer) => Layer | undefined, call: (layer: Layer) => Call }} Context */

/** @typedef {(call: Call, context: Context) => Pick<Made, "kind"> & Partial<Made> | undefined} Translator */

/** Operations that tfjs computes together with the activation behind them. */
const fusing = new Set(["conv2d", "matMul"])

/**
 * The operation that a layer becomes; undefined where it is the identity.
 * @param {NetCalls} calls
 * @param {Layer} layer
 * @param {Weights} weights
 * @returns {Made | undefined}
 */
export function operationOf(calls, layer, weights) {
  /** @type {Context} */
  const context = {
    weights,
    next: (of) => {
      const consumers = calls.net.consumers(of.tops[0])
      return of.tops.length === 1 && consumers.length === 1 ? consumers[0] : undefined
    },
    call: (of) => callOf(calls, of),
  }
  const translator = translators[layer.type]
  if (!translator) throw unknown(layer, "no operation for its type")
  const call = callOf(calls, layer)
  const said = translator(call, context)
  if (said === undefined) return undefined
  const made = { weights: {}, settings: {}, parts: [], ...said }
  return fusing.has(made.kind) ? withActivation(made, made.parts.at(-1) ?? layer, context) : made
}

/**
 * @param {NetCalls} calls
 * @param {Layer} layer
 * @returns {Call}
 */
function callOf(calls, layer) {
  const problem = calls.problems.get(layer)
  if (problem) throw problem
  const { call } = /** @type {NonNullable<ReturnType<typeof calls.calls.get>>} */ (calls.calls.get(layer))
  return {
    layer,
    params: call.params,
    bottom: call.bottoms[0],
    top: call.tops[0],
    blobs: call.blobs.map(({ data }) => data),
  }
}

/**
 * @param {Made} made
 * @param {Layer} last
 * @param {Context} context
 * @returns {Made}
 */
function withActivation(made, last, context) {
  const after = context.next(last)
  if (after?.type === "ReLU" && context.call(after).params.negativeSlope === 0)
    return { ...made, activation: "relu", parts: [...made.parts, after] }
  if (after?.type === "PReLU") {
    const slope = slopes(context.call(after), context)
    return {
      ...made,
      activation: "prelu",
      weights: { ...made.weights, slope },
      parts: [...made.parts, after],
    }
  }
  return made
}

/** @type {Readonly<Record<string, Translator>>} */
const translators = {
  Convolution({ layer, params, bottom, top, blobs }, { weights }) {
    if (bottom.length !== 4 || params.axis !== 1 || params.group !== 1)
      throw unknown(layer, "a plain 2-D one only")
    const [kernel, stride, pad, dilation] = [
      pair(params.param, "kernel_size", 0, "kernel"),
      pair(params.param, "stride", 1),
      pair(params.param, "pad", 0),
      pair(params.param, "dilation", 1),
    ]
    const [filter, bias] = blobs
    return {
      kind: "conv2d",
      weights: {
        filter: weights.add(outputsLast(filter, top[1], bottom[1], kernel), [...kernel, bottom[1], top[1]]),
        ...(bias ? { bias: weights.add(bias, [top[1]]) } : {}),
      },
      settings: { strides: stride, dilations: dilation, pad: [pad[0], pad[0], pad[1], pad[1]] },
    }
  },

  InnerProduct({ layer, params, bottom, top, blobs }, { weights }) {
    if (params.axis !== 1 || params.transpose) throw unknown(layer, "axis 1 and plain weights only")
    const [filter, bias] = blobs
    const [, channels, ...image] = bottom
    const places = image.length === 0 ? [1] : image
    return {
      kind: "matMul",
      weights: {
        filter: weights.add(outputsLast(filter, top[1], channels, places), [filter.length / top[1], top[1]]),
        ...(bias ? { bias: weights.add(bias, [top[1]]) } : {}),
      },
    }
  },

  BatchNorm({ layer, params, blobs: [mean, variance, factor] }, { weights, next, call }) {
    if (layer.blobs.length !== 3) throw unknown(layer, "three blobs only")
    const inverse = factor[0] === 0 ? 0 : 1 / factor[0]
    const after = next(layer)
    const scale = after?.type === "Scale" && isPerChannel(call(after)) ? call(after).blobs : undefined
    return {
      kind: "batchNorm",
      weights: {
        mean: weights.add(
          mean.map((value) => value * inverse),
          [mean.length],
        ),
        variance: weights.add(
          variance.map((value) => value * inverse),
          [mean.length],
        ),
        ...(scale ? { scale: weights.add(scale[0], [mean.length]) } : {}),
        ...(scale?.[1] ? { offset: weights.add(scale[1], [mean.length]) } : {}),
      },
      settings: { eps: params.eps },
      parts: after && scale ? [after] : [],
    }
  },

  Scale(call, { weights }) {
    if (!isPerChannel(call)) throw unknown(call.layer, "one factor a channel only")
    const [scale, offset] = call.blobs
    return {
      kind: "scale",
      weights: {
        scale: weights.add(scale, [scale.length]),
        ...(offset ? { offset: weights.add(offset, [offset.length]) } : {}),
      },
    }
  },

  ReLU: ({ params: { negativeSlope } }) =>
    negativeSlope === 0 ? { kind: "relu" } : { kind: "leakyRelu", settings: { slope: negativeSlope } },

  PReLU: (call, context) => ({ kind: "prelu", weights: { slope: slopes(call, context) } }),

  Pooling({ layer, params: { pool, global, param }, bottom, top }) {
    const kernel = global ? bottom.slice(2) : pair(param, "kernel_size", 0, "kernel")
    const stride = pair(param, "stride", 1)
    const pad = pair(param, "pad", 0)
    // Caffe rounds the number of windows up: the last one reaches beyond the image, which tfjs has to be told as padding.
    const behind = [0, 1].map((i) => (top[2 + i] - 1) * stride[i] + kernel[i] - bottom[2 + i] - pad[i])
    const isWhole = pad.every((extent) => extent === 0) && behind.every((extent) => extent <= 0)
    // The two divide by different areas where a window leaves the image.
    if (pool !== "MAX" && !(pool === "AVE" && isWhole)) throw unknown(layer, "MAX, or AVE without padding")
    const [bottomPad, rightPad] = behind.map((extent) => Math.max(extent, 0))
    return {
      kind: pool === "MAX" ? "maxPool" : "avgPool",
      settings: { kernel, strides: stride, pad: [pad[0], bottomPad, pad[1], rightPad] },
    }
  },

  Eltwise({ layer, params: { operation, coeff } }) {
    if (coeff.some((/** @type {number} */ factor) => factor !== 1))
      throw unknown(layer, "unit coefficients only")
    return { kind: { SUM: "add", PROD: "mul", MAX: "maximum" }[/** @type {"SUM"} */ (operation)] }
  },

  Softmax({ layer, params }) {
    if ((params.axis ?? 1) !== 1) throw unknown(layer, "axis 1 only")
    return { kind: "softmax" }
  },

  Dropout: () => undefined,
}

/**
 * @param {Layer} layer
 * @param {string} why
 */
function unknown({ type, name }, why) {
  return new Error(`tfjs translator: ${type} in layer ${name}: ${why}`)
}

/**
 * Weights [outputs, channels, places] as [places, channels, outputs].
 * @param {Float32Array} weight
 * @param {number} outputs
 * @param {number} channels
 * @param {readonly number[]} image
 */
function outputsLast(weight, outputs, channels, image) {
  const places = image.reduce((product, extent) => product * extent, 1)
  const result = new Float32Array(weight.length)
  for (let o = 0, at = 0; o < outputs; o++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < places; p++, at++) result[(p * channels + c) * outputs + o] = weight[at]
  return result
}

/**
 * @param {Call} call
 * @param {Context} context
 */
function slopes({ blobs: [slope] }, { weights }) {
  return weights.add(slope, [slope.length])
}

/** @param {Call} call */
function isPerChannel({ layer, bottom, blobs }) {
  return layer.bottoms.length === 1 && blobs[0]?.length === bottom[1]
}

/**
 * Height and width of a window field: `kernel_h` and `kernel_w`, or one number or two in the field itself.
 * @param {Message} param
 * @param {string} field
 * @param {number} otherwise
 * @param {string} [prefix]
 * @returns {[number, number]}
 */
function pair(param, field, otherwise, prefix = field) {
  const [h, w] = [param[`${prefix}_h`], param[`${prefix}_w`]]
  if (h !== undefined || w !== undefined) return [Number(h ?? otherwise), Number(w ?? otherwise)]
  const given = [param[field] ?? []].flat().map(Number)
  return [given[0] ?? otherwise, given[1] ?? given[0] ?? otherwise]
}
