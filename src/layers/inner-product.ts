import { PrelabError } from "../error.js"
import { canonicalAxis, count, type Message, type Shape } from "../net/index.js"
import { largestDivisor } from "./kernel-loops.js"
import { type Call, defineLayer } from "./layer-type.js"
import { biasDiff } from "./linear-diffs.js"
import { matmul, transposed } from "./matmul.js"
import { columnsOf, matrixProduct, type Rows, rowsOf } from "./matrix-product.js"
import { booleanOf, numberOf, section } from "./param.js"
import { mapped } from "./parts.js"
import { ETA, gamma } from "./rounding.js"

export interface InnerProductParams {
  readonly numOutput: number
  readonly biasTerm: boolean
  readonly axis: number
  readonly transpose: boolean
}

export function parseInnerProduct(message: Message): InnerProductParams {
  const param = section(message, "inner_product_param")
  return {
    numOutput: numberOf(param, "num_output", 0),
    biasTerm: booleanOf(param, "bias_term", true),
    axis: numberOf(param, "axis", 1),
    transpose: booleanOf(param, "transpose", false),
  }
}

function flattenFrom({ params }: Pick<Call<InnerProductParams>, "params">, bottom: Shape): number {
  const axis = canonicalAxis(params.axis, bottom.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return axis
}

/** Weights as rows [outputs, inputs], whichever way they are stored. */
function rows<F extends Float32Array | Float64Array>(
  weight: F,
  inputs: number,
  outputs: number,
  transpose: boolean,
): F {
  if (!transpose) return weight
  return transposed(weight, 0, inputs, outputs)
}

/** A row of weights for every output, and for every input. */
function weightsOf(call: Call<InnerProductParams>): { byOutput: Rows; byInput: Rows } {
  const { params, blobs } = call
  const [weight, inputs] = [blobs[0]!.data, inputsOf(call)]
  return params.transpose
    ? { byOutput: columnsOf(weight, inputs), byInput: rowsOf(weight, inputs) }
    : { byOutput: rowsOf(weight, params.numOutput), byInput: columnsOf(weight, params.numOutput) }
}

function inputsOf({
  params,
  bottoms: [bottom],
}: Pick<Call<InnerProductParams>, "params" | "bottoms">): number {
  return count(bottom!, flattenFrom({ params }, bottom!))
}

/**
 * InnerProduct, y = W x + b over all axes from `axis` on: inner_product_layer.cpp. Weights [N, K], or [K, N]
 * with `transpose`.
 */
export const innerProduct = defineLayer<InnerProductParams>({
  type: "InnerProduct",
  parse: parseInnerProduct,

  shape(call) {
    const bottom = call.bottoms[0]!
    if (call.params.numOutput < 1) throw new PrelabError("num_output must be positive", call.params.numOutput)
    return [[...bottom.slice(0, flattenFrom(call, bottom)), call.params.numOutput]]
  },

  blobShapes(call) {
    const bottom = call.bottoms[0]!
    const inputs = count(bottom, flattenFrom(call, bottom))
    const { numOutput, biasTerm, transpose } = call.params
    const weight = transpose ? [inputs, numOutput] : [numOutput, inputs]
    return biasTerm ? [weight, [numOutput]] : [weight]
  },

  forward(call, [x]) {
    const inputs = inputsOf(call)
    const { byOutput } = weightsOf(call)
    return [matrixProduct(rowsOf(x!, x!.length / inputs), byOutput, inputs, call.blobs[1]?.data)]
  },

  backward(call, { bottoms: [x], topDiffs: [diff], propagateDown, paramPropagateDown }) {
    const { numOutput, transpose } = call.params
    const items = diff!.length / numOutput
    const ofWeight = () => {
      const [outputs, inputs] = [columnsOf(diff!, items), columnsOf(x!, items)]
      return transpose ? matrixProduct(inputs, outputs, items) : matrixProduct(outputs, inputs, items)
    }
    return {
      bottomDiffs: [
        propagateDown[0]
          ? matrixProduct(rowsOf(diff!, items), weightsOf(call).byInput, numOutput)
          : undefined,
      ],
      blobDiffs: [
        paramPropagateDown[0] ? ofWeight() : undefined,
        paramPropagateDown[1] ? biasDiff(diff!, numOutput) : undefined,
      ],
    }
  },

  bound(call, [x], _tops, [e]) {
    const inputs = inputsOf(call)
    const { numOutput, transpose } = call.params
    const g = gamma(inputs + 2)
    const spread = mapped(e!, (error, i) => error + g * (Math.abs(x![i]!) + error))
    const w = Float64Array.from(call.blobs[0]!.data, Math.abs)
    const b = call.blobs[1] && Float64Array.from(call.blobs[1].data, (v) => Math.abs(v) * g + inputs * ETA)
    const bound = new Float64Array(count(call.tops[0]!))
    const weight = rows(w, inputs, numOutput, transpose)
    matmul(weight, 0, spread, numOutput, spread.length / inputs, inputs, b, 0, bound, 0, 1, numOutput)
    return [bound]
  },

  onnx(call, onnx, [x]) {
    const {
      bottoms: [bottom],
      tops: [top],
      blobs: [weight, bias],
      params,
    } = call
    const axis = flattenFrom(call, bottom!)
    const product = onnx.add(
      "Gemm",
      [
        onnx.reshape(x!, bottom!, [count(bottom!, 0, axis), count(bottom!, axis)]),
        onnx.floats("weight", weight!.data, weight!.shape),
        bias && onnx.floats("bias", bias.data),
      ],
      { transB: params.transpose ? 0 : 1 },
    )
    return [onnx.reshape(product, [count(bottom!, 0, axis), params.numOutput], top!)]
  },

  gpu(call) {
    const inputs = inputsOf(call)
    const { numOutput, transpose } = call.params
    const { data } = call.blobs[0]!
    // Neighbouring threads compute neighbouring outputs, so weights are read fastest as [inputs, outputs].
    const weight = transpose ? data : rows(data, numOutput, inputs, true)
    const bias = call.blobs[1]
    const together = largestDivisor(inputs, 8)
    const lines = Array.from(
      { length: together },
      (_, i) => `sum += weight[w + ${i * numOutput}] * bottom[i + ${i}];`,
    )
    return [
      {
        output: [numOutput, count(call.tops[0]!) / numOutput],
        args: {
          bottom: { bottom: 0 },
          weight: { data: weight },
          ...(bias ? { bias: { data: bias.data } } : {}),
        },
        body: `
          let sum = 0;
          for (let k = 0; k < ${inputs / together}; k++) {
            index w = x + k * ${together * numOutput};
            index i = y * ${inputs} + k * ${together};
            ${lines.join("\n")}
          }
          return sum${bias ? " + bias[x]" : ""};`,
        top: 0,
      },
    ]
  },

  macs: (call) => count(call.tops[0]!) * inputsOf(call),
})
