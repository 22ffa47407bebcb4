// gpu.js the way it is written by hand: one kernel a layer, arrays of three dimensions, nested loops, the activation a
// kernel of its own; one pipeline for the whole net. What `engines/gpu` generates is measured beside it.
import { createRequire } from "node:module"

const { GPU } = createRequire(import.meta.url)("gpu.js")

/** @typedef {(this: any, ...args: any[]) => number} Kernel */

/**
 * One way a layer is made: takes the layer's call, returns what applies its kernels to handles.
 * @typedef {(call: any, make: (kernel: Kernel, output: number[], constants: object) => Function) => (...handles: any[]) => unknown} Rule
 */

/**
 * A net as hand-written kernels.
 *
 * @param {{ calls: any, backend: "webgpu" | "webasm" | "cpu" }} what `calls` as callsOf of dist/layers makes them
 */
export function makePlain({ calls, backend }) {
  const { net, shapes } = calls
  const gpu = new GPU({ mode: backend })
  let kernels = 0
  const make = (
    /** @type {any} */ kernel,
    /** @type {number[]} */ output,
    /** @type {object} */ constants,
  ) => {
    kernels++
    return gpu.createKernel(kernel, { output, constants, precision: "single", loopMaxIterations: 2 ** 30 })
  }
  const layers = net.layers.filter((/** @type {any} */ layer) => layer.type !== "Input")
  /** @type {Function[]} */
  const applied = layers.map((/** @type {any} */ layer) => {
    const rule = rules[layer.type]
    if (!rule) throw new Error(`plain kernels: no ${layer.type}`)
    return rule(calls.calls.get(layer).call, make)
  })
  const trace = (/** @type {unknown[]} */ ...handles) => {
    const values = new Map(
      net.inputs.map((/** @type {object} */ value, /** @type {number} */ i) => [value, handles[i]]),
    )
    for (const [i, layer] of layers.entries()) {
      const result = applied[i]?.(...layer.bottoms.map((/** @type {object} */ bottom) => values.get(bottom)))
      for (const top of layer.tops) values.set(top, result)
    }
    return net.outputs.map((/** @type {object} */ value) => values.get(value))
  }
  const pipeline = gpu.createPipeline(Object.defineProperty(trace, "length", { value: net.inputs.length }))

  return {
    kernels,
    /** What executes it, in gpu.js's words; null before the first run. */
    get executor() {
      return `${pipeline.backend}, ${pipeline.executorKind}`
    },
    /**
     * @param {ReadonlyMap<any, Float32Array>} inputs by input value
     * @returns {Promise<Map<any, Float32Array>>} by output value
     */
    async run(inputs) {
      const results = await pipeline(
        ...net.inputs.map((/** @type {any} */ value) =>
          nested(inputs.get(value), extentsOf(shapes.get(value))),
        ),
      )
      return new Map(
        net.outputs.map((/** @type {any} */ value, /** @type {number} */ i) => [value, flat(results[i])]),
      )
    },
    async dispose() {
      await pipeline.destroy()
      await gpu.destroy()
    },
  }
}

/** A kernel's extents for a shape: [width, height, images x channels], or [channels, images]. */
function extentsOf(/** @type {readonly number[]} */ shape) {
  const [n, c, h, w] = /** @type {[number, number, number?, number?]} */ (shape)
  return h === undefined || w === undefined ? [c, n] : [w, h, n * c]
}

/**
 * Rows of rows, as gpu.js reads arrays of several dimensions.
 * @returns {any}
 */
function nested(/** @type {any} */ data, /** @type {number[]} */ extents) {
  const outer = /** @type {number} */ (extents.at(-1))
  const size = data.length / outer
  const rows = Array.from({ length: outer }, (_, i) => data.slice(i * size, (i + 1) * size))
  return extents.length > 2 ? rows.map((row) => nested(row, extents.slice(0, -1))) : rows
}

/** @returns {Float32Array} */
function flat(/** @type {any} */ value) {
  if (value instanceof Float32Array) return value
  const parts = value.map(flat)
  const all = new Float32Array(parts.length * parts[0].length)
  for (const [i, part] of parts.entries()) all.set(part, i * part.length)
  return all
}

/** The first number that a field holds, whichever way it is written. */
function numberIn(/** @type {any} */ param, /** @type {string[]} */ names, /** @type {number} */ otherwise) {
  const found = names.map((name) => param[name]).find((value) => value !== undefined && value.length !== 0)
  return Number((Array.isArray(found) ? found[0] : found) ?? otherwise)
}

function windowOf(/** @type {any} */ param) {
  return {
    kh: numberIn(param, ["kernel_h", "kernel_size"], 1),
    kw: numberIn(param, ["kernel_w", "kernel_size"], 1),
    stride: numberIn(param, ["stride", "stride_h"], 1),
    pad: numberIn(param, ["pad", "pad_h"], 0),
  }
}

/**
 * A kernel for every value of a layer's top, of one for spatial and one for flat blobs.
 *
 * @param {Kernel} spatial
 * @param {Kernel} vector
 * @param {(call: any) => object} constants
 * @param {(call: any) => any[]} args
 * @returns {Rule}
 */
function eachValue(spatial, vector, constants, args) {
  return (call, make) => {
    const [top] = call.tops
    const kernel = make(top.length > 2 ? spatial : vector, extentsOf(top), {
      channels: top[1],
      ...constants(call),
    })
    const given = args(call)
    return (...handles) => kernel(...handles, ...given)
  }
}

/** @type {Kernel} */
function convolution(input, weight, bias) {
  let sum = bias[this.thread.z]
  for (let c = 0; c < this.constants.channels; c++) {
    for (let i = 0; i < this.constants.kh; i++) {
      for (let j = 0; j < this.constants.kw; j++) {
        sum +=
          weight[this.thread.z * this.constants.channels + c][i][j] *
          input[c][this.thread.y * this.constants.stride + i][this.thread.x * this.constants.stride + j]
      }
    }
  }
  return sum
}

/** @type {Kernel} */
function paddedConvolution(input, weight, bias) {
  let sum = bias[this.thread.z]
  for (let c = 0; c < this.constants.channels; c++) {
    for (let i = 0; i < this.constants.kh; i++) {
      for (let j = 0; j < this.constants.kw; j++) {
        const y = this.thread.y * this.constants.stride + i - this.constants.pad
        const x = this.thread.x * this.constants.stride + j - this.constants.pad
        if (y >= 0 && y < this.constants.height && x >= 0 && x < this.constants.width) {
          sum += weight[this.thread.z * this.constants.channels + c][i][j] * input[c][y][x]
        }
      }
    }
  }
  return sum
}

/** @type {Kernel} */
function convolutionOfImages(input, weight, bias) {
  const image = Math.floor(this.thread.z / this.constants.outputs)
  const o = this.thread.z - image * this.constants.outputs
  let sum = bias[o]
  for (let c = 0; c < this.constants.channels; c++) {
    for (let i = 0; i < this.constants.kh; i++) {
      for (let j = 0; j < this.constants.kw; j++) {
        const y = this.thread.y * this.constants.stride + i - this.constants.pad
        const x = this.thread.x * this.constants.stride + j - this.constants.pad
        if (y >= 0 && y < this.constants.height && x >= 0 && x < this.constants.width) {
          sum +=
            weight[o * this.constants.channels + c][i][j] * input[image * this.constants.channels + c][y][x]
        }
      }
    }
  }
  return sum
}

/** @type {Record<string, Rule>} */
const rules = {
  Convolution(call, make) {
    const [n, channels, height, width] = call.bottoms[0]
    const { kh, kw, stride, pad } = windowOf(call.params.param)
    if (call.params.group !== 1) throw new Error("plain kernels: no groups")
    const outputs = call.tops[0][1]
    const constants = { channels, height, width, outputs, kh, kw, stride, pad }
    const source = n > 1 ? convolutionOfImages : pad > 0 ? paddedConvolution : convolution
    const kernel = make(source, extentsOf(call.tops[0]), constants)
    const weight = nested(call.blobs[0].data, [kw, kh, outputs * channels])
    const bias = call.blobs[1]?.data ?? new Float32Array(outputs)
    return (input) => kernel(input, weight, bias)
  },

  InnerProduct(call, make) {
    const [n, channels, height, width] = call.bottoms[0]
    const outputs = call.params.numOutput
    const inputs = call.bottoms[0]
      .slice(1)
      .reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b)
    const kernel = make(
      height === undefined
        ? function (input, weight, bias) {
            let sum = bias[this.thread.x]
            for (let c = 0; c < this.constants.channels; c++) {
              sum += weight[this.thread.x][c] * input[this.thread.y][c]
            }
            return sum
          }
        : function (input, weight, bias) {
            let sum = bias[this.thread.x]
            for (let c = 0; c < this.constants.channels; c++) {
              for (let y = 0; y < this.constants.height; y++) {
                for (let x = 0; x < this.constants.width; x++) {
                  sum +=
                    weight[this.thread.x][(c * this.constants.height + y) * this.constants.width + x] *
                    input[this.thread.y * this.constants.channels + c][y][x]
                }
              }
            }
            return sum
          },
      [outputs, n],
      { channels, height: height ?? 1, width: width ?? 1 },
    )
    const weight = nested(call.blobs[0].data, [inputs, outputs])
    const bias = call.blobs[1]?.data ?? new Float32Array(outputs)
    return (input) => kernel(input, weight, bias)
  },

  Pooling(call, make) {
    const [, , height, width] = call.bottoms[0]
    const global = call.params.global
    const { kh, kw, stride, pad } = global
      ? { kh: height, kw: width, stride: 1, pad: 0 }
      : windowOf(call.params.param)
    if (call.params.pool === "AVE" && pad > 0) throw new Error("plain kernels: no padded averages")
    const kernel = make(
      call.params.pool === "MAX"
        ? function (input) {
            let best = -3.4e38
            for (let i = 0; i < this.constants.kh; i++) {
              for (let j = 0; j < this.constants.kw; j++) {
                const y = this.thread.y * this.constants.stride + i - this.constants.pad
                const x = this.thread.x * this.constants.stride + j - this.constants.pad
                if (y >= 0 && y < this.constants.height && x >= 0 && x < this.constants.width) {
                  best = Math.max(best, input[this.thread.z][y][x])
                }
              }
            }
            return best
          }
        : function (input) {
            let sum = 0
            let size = 0
            for (let i = 0; i < this.constants.kh; i++) {
              for (let j = 0; j < this.constants.kw; j++) {
                const y = this.thread.y * this.constants.stride + i
                const x = this.thread.x * this.constants.stride + j
                if (y < this.constants.height && x < this.constants.width) {
                  sum += input[this.thread.z][y][x]
                  size += 1
                }
              }
            }
            return sum / size
          },
      extentsOf(call.tops[0]),
      { height, width, kh, kw, stride, pad },
    )
    return (input) => kernel(input)
  },

  PReLU: eachValue(
    function (input, slope) {
      const c = this.thread.z - Math.floor(this.thread.z / this.constants.channels) * this.constants.channels
      const v = input[this.thread.z][this.thread.y][this.thread.x]
      return v > 0 ? v : v * slope[c]
    },
    function (input, slope) {
      const v = input[this.thread.y][this.thread.x]
      return v > 0 ? v : v * slope[this.thread.x]
    },
    () => ({}),
    (call) => [
      call.params.channelShared
        ? new Float32Array(call.tops[0][1]).fill(call.blobs[0].data[0])
        : call.blobs[0].data,
    ],
  ),

  ReLU: eachValue(
    function (input) {
      return Math.max(input[this.thread.z][this.thread.y][this.thread.x], 0)
    },
    function (input) {
      return Math.max(input[this.thread.y][this.thread.x], 0)
    },
    () => ({}),
    () => [],
  ),

  BatchNorm: eachValue(
    function (input, mean, variance) {
      const c = this.thread.z - Math.floor(this.thread.z / this.constants.channels) * this.constants.channels
      return (
        (input[this.thread.z][this.thread.y][this.thread.x] - mean[c]) /
        Math.sqrt(variance[c] + this.constants.eps)
      )
    },
    function (input, mean, variance) {
      const c = this.thread.x
      return (input[this.thread.y][this.thread.x] - mean[c]) / Math.sqrt(variance[c] + this.constants.eps)
    },
    (call) => ({ eps: call.params.eps }),
    ({ blobs: [mean, variance, factor] }) => {
      const scale = factor.data[0] === 0 ? 0 : 1 / factor.data[0]
      const scaled = (/** @type {any} */ { data }) => data.map((/** @type {number} */ v) => v * scale)
      return [scaled(mean), scaled(variance)]
    },
  ),

  Scale: eachValue(
    function (input, factor, bias) {
      const c = this.thread.z - Math.floor(this.thread.z / this.constants.channels) * this.constants.channels
      return input[this.thread.z][this.thread.y][this.thread.x] * factor[c] + bias[c]
    },
    function (input, factor, bias) {
      return input[this.thread.y][this.thread.x] * factor[this.thread.x] + bias[this.thread.x]
    },
    () => ({}),
    ({ blobs: [factor, bias] }) => [factor.data, bias?.data ?? new Float32Array(factor.data.length)],
  ),

  Eltwise: eachValue(
    function (a, b) {
      return a[this.thread.z][this.thread.y][this.thread.x] + b[this.thread.z][this.thread.y][this.thread.x]
    },
    function (a, b) {
      return a[this.thread.y][this.thread.x] + b[this.thread.y][this.thread.x]
    },
    () => ({}),
    () => [],
  ),

  Softmax: eachValue(
    function (input) {
      const first = Math.floor(this.thread.z / this.constants.channels) * this.constants.channels
      let best = -3.4e38
      for (let c = 0; c < this.constants.channels; c++) {
        best = Math.max(best, input[first + c][this.thread.y][this.thread.x])
      }
      let sum = 0
      for (let c = 0; c < this.constants.channels; c++) {
        sum += Math.exp(input[first + c][this.thread.y][this.thread.x] - best)
      }
      return Math.exp(input[this.thread.z][this.thread.y][this.thread.x] - best) / sum
    },
    function (input) {
      let best = -3.4e38
      for (let c = 0; c < this.constants.channels; c++) best = Math.max(best, input[this.thread.y][c])
      let sum = 0
      for (let c = 0; c < this.constants.channels; c++) sum += Math.exp(input[this.thread.y][c] - best)
      return Math.exp(input[this.thread.y][this.thread.x] - best) / sum
    },
    () => ({}),
    () => [],
  ),

  Dropout: () => (input) => input,
  Split: () => (input) => input,
}
