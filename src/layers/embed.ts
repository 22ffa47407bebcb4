import { PrelabError } from "../error.js"
import { count, type Shape } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, numberOf, section } from "./param.js"
import { U } from "./rounding.js"
import { checkPlaces } from "./view.js"

interface EmbedParams {
  readonly numOutput: number
  readonly inputDim: number
  readonly biasTerm: boolean
}

function rowOf({ params }: Call<EmbedParams>, id: number): number {
  const row = Math.trunc(id)
  if (!(row >= 0 && row < params.inputDim))
    throw new PrelabError("embed index out of range", `${id} of ${params.inputDim}`)
  return row
}

/**
 * Embed, y = weight[x] + bias: each value, cut to an integer, picks a row: embed_layer.cpp. Weights
 * [input_dim, num_output].
 */
export const embed = defineLayer<EmbedParams>({
  type: "Embed",

  parse(message) {
    const param = section(message, "embed_param")
    const numOutput = numberOf(param, "num_output", 0)
    const inputDim = numberOf(param, "input_dim", 0)
    if (numOutput < 1) throw new PrelabError("num_output must be positive", numOutput)
    if (inputDim < 1) throw new PrelabError("input_dim must be positive", inputDim)
    return { numOutput, inputDim, biasTerm: booleanOf(param, "bias_term", true) }
  },

  shape: ({ params, bottoms }) => [[...bottoms[0]!, params.numOutput]],

  blobShapes({ params: { numOutput, inputDim, biasTerm } }) {
    const weight: Shape = [inputDim, numOutput]
    return biasTerm ? [weight, [numOutput]] : [weight]
  },

  forward(call, [x]) {
    const n = call.params.numOutput
    const [weight, bias] = call.blobs
    const y = new Float32Array(count(call.tops[0]!))
    x!.forEach((id, i) => {
      const row = rowOf(call, id) * n
      for (let j = 0; j < n; j++) y[i * n + j] = weight!.data[row + j]! + (bias?.data[j] ?? 0)
    })
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const n = call.params.numOutput
    const onWeight = new Float64Array(call.blobs[0]!.data.length)
    const onBias = new Float64Array(n)
    x!.forEach((id, i) => {
      const row = rowOf(call, id) * n
      for (let j = 0; j < n; j++) {
        onWeight[row + j]! += diff![i * n + j]!
        onBias[j]! += diff![i * n + j]!
      }
    })
    const blobDiffs = [onWeight, onBias].slice(0, call.blobs.length)
    return { bottomDiffs: [undefined], blobDiffs: blobDiffs.map((sums) => new Float32Array(sums)) }
  },

  dataOnly: { 0: "indices" },

  bound({ params, blobs }, [x], [y], [e]) {
    const n = params.numOutput
    return [
      Float64Array.from(y!, (v, i) => {
        const at = Math.floor(i / n)
        const [id, error] = [x![at]!, e![at]!]
        if (Math.trunc(id - error) !== Math.trunc(id + error)) return Number.POSITIVE_INFINITY
        return blobs.length > 1 ? U * Math.abs(v) : 0
      }),
    ]
  },

  onnx({ blobs: [weight, bias] }, onnx, [x]) {
    const rows = onnx.add("Gather", [
      onnx.floats("weight", weight!.data, weight!.shape),
      onnx.add("Cast", [x], { to: 7 }),
    ])
    return [bias ? onnx.add("Add", [rows, onnx.floats("bias", bias.data)]) : rows]
  },

  gpu(call) {
    const n = call.params.numOutput
    const [weight, bias] = call.blobs
    checkPlaces(weight!.data.length)
    return [
      {
        output: [n, count(call.bottoms[0]!)],
        args: {
          ids: { bottom: 0 },
          weight: { data: weight!.data },
          ...(bias ? { bias: { data: bias.data } } : {}),
        },
        body: `
          const row = Math.floor(ids[y]);
          return weight[row * ${n} + x]${bias ? " + bias[x]" : ""};`,
        top: 0,
      },
    ]
  },
})
