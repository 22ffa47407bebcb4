// Computes a translated net with tfjs, in Node or in a page.
import { channelsLast, toChannelsFirst, toChannelsLast } from "./tfjs-net.mjs"

/** @typedef {import("./tfjs-net.mjs").TfjsNet} TfjsNet */
/** @typedef {import("./tfjs-net.mjs").Operation} Operation */
/** @typedef {import("./contestant.mjs").Opened} Opened */

/** tfjs is not installed with the project, so its types are not there. @typedef {any} Tf */
/** @typedef {any} Tensor */

/**
 * @param {Tf} tf
 * @param {TfjsNet} net
 * @param {Record<string, Float32Array>} inputs channels first
 * @returns {Opened}
 */
export function openTfjs(tf, net, inputs) {
  const weights = net.operations.map(({ weights }) =>
    Object.fromEntries(
      Object.entries(weights).map(([name, { at, shape }]) => [
        name,
        tf.tensor(net.weights.slice(at, at + shape.reduce((size, extent) => size * extent, 1)), shape),
      ]),
    ),
  )
  // A program made for tfjs has its pictures with channels last from the start.
  const given = net.inputs.map(({ blob, value, shape }) => ({
    value,
    shape: channelsLast(shape),
    data: toChannelsLast(inputs[blob], shape),
  }))
  const results = () =>
    tf.tidy(() => {
      /** @type {Map<number, Tensor>} */
      const values = new Map(given.map(({ value, data, shape }) => [value, tf.tensor(data, shape)]))
      net.operations.forEach((operation, i) => {
        const from = operation.from.map((value) => values.get(value))
        values.set(operation.to, kinds[operation.kind](tf, from, weights[i], operation))
      })
      return net.outputs.map(({ value }) => values.get(value))
    })
  const run = async () => {
    /** @type {Tensor[]} */
    const tensors = results()
    const data = await Promise.all(tensors.map((tensor) => tensor.data()))
    for (const tensor of tensors) tensor.dispose()
    return data
  }
  return {
    ran: { backend: tf.getBackend() },
    run,
    outputs: async () => {
      const data = await run()
      return Object.fromEntries(
        net.outputs.map(({ blob, shape }, i) => [blob, toChannelsFirst(data[i], shape)]),
      )
    },
    close() {
      for (const tensors of weights) for (const tensor of Object.values(tensors)) tensor.dispose()
    },
  }
}

/** @type {Record<string, (tf: Tf, from: Tensor[], weights: Record<string, Tensor>, operation: Operation) => Tensor>} */
const kinds = {
  conv2d: (tf, [x], { filter, bias, slope }, { settings, activation }) =>
    tf.fused.conv2d({
      x,
      filter,
      strides: settings.strides,
      pad: padding(settings.pad),
      dilations: settings.dilations,
      ...fused({ bias, slope, activation }),
    }),
  matMul: (tf, [x], { filter, bias, slope }, { activation }) =>
    tf.fused.matMul({
      a: tf.reshape(x, [x.shape[0], filter.shape[0]]),
      b: filter,
      ...fused({ bias, slope, activation }),
    }),
  batchNorm: (tf, [x], { mean, variance, offset, scale }, { settings }) =>
    tf.batchNorm(x, mean, variance, offset, scale, settings.eps),
  scale: (tf, [x], { scale, offset }) => {
    const scaled = tf.mul(x, scale)
    return offset ? tf.add(scaled, offset) : scaled
  },
  relu: (tf, [x]) => tf.relu(x),
  leakyRelu: (tf, [x], _weights, { settings }) => tf.leakyRelu(x, settings.slope),
  prelu: (tf, [x], { slope }) => tf.prelu(x, slope),
  maxPool: (tf, [x], _weights, { settings }) =>
    tf.maxPool(x, settings.kernel, settings.strides, padding(settings.pad)),
  avgPool: (tf, [x], _weights, { settings }) => tf.avgPool(x, settings.kernel, settings.strides, "valid"),
  add: (tf, from) => from.reduce((sum, x) => tf.add(sum, x)),
  mul: (tf, from) => from.reduce((product, x) => tf.mul(product, x)),
  maximum: (tf, from) => from.reduce((most, x) => tf.maximum(most, x)),
  softmax: (tf, [x]) => tf.softmax(x),
}

/** tfjs's explicit padding; "valid" where there is none, for which it has faster paths. */
function padding(/** @type {any} */ [top, bottom, left, right]) {
  if (top + bottom + left + right === 0) return "valid"
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
}

function fused(
  /** @type {{ bias: Tensor, slope: Tensor, activation?: string }} */ { bias, slope, activation },
) {
  return {
    ...(bias ? { bias } : {}),
    ...(activation ? { activation } : {}),
    ...(slope ? { preluActivationWeights: slope } : {}),
  }
}
