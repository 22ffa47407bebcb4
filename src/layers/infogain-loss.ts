import { PrelabError } from "../error.js"
import { canonicalAxis, count, formatShape } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import {
  logArguments,
  logStart,
  minusLog,
  probabilities,
  probabilityErrors,
  probabilityKernels,
} from "./class-probabilities.js"
import { type Call, defineLayer } from "./layer-type.js"
import {
  areUncertain,
  checkBottoms,
  checkLabels,
  classOf,
  type LossParams,
  LossSum,
  logError,
  normalizer,
  parseLoss,
} from "./loss.js"
import { classAt, divisorOf, isClass, totalOfLabelsKernel, unlessIgnored } from "./loss-kernels.js"
import { aroundNodes, labelNodes, lossNodes, minusLogNodes } from "./loss-nodes.js"
import { numberOf, section } from "./param.js"
import { checkPlaces } from "./view.js"

/** kLOG_THRESHOLD, a float. */
const LEAST = Math.fround(1e-20)

interface InfogainLossParams extends LossParams {
  readonly axis: number
}

function around({ params, bottoms: [bottom] }: Pick<Call<InfogainLossParams>, "params" | "bottoms">) {
  const axis = canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return aroundAxis(bottom!, axis)
}

/** Visits the probability of every class `at` each place with its entry of H, the row of the true class. */
function eachPair(
  call: Call<InfogainLossParams>,
  labels: Float32Array,
  visit: (at: number, entry: number) => void,
): number {
  const { outer, channels, inner } = around(call)
  const { ignoreLabel, normalization } = call.params
  let valid = 0
  labels.forEach((label, i) => {
    if (Math.trunc(label) === ignoreLabel) return
    const row = classOf(call, label, channels) * channels
    const o = Math.floor(i / inner)
    for (let c = 0; c < channels; c++) visit((o * channels + c) * inner + (i - o * inner), row + c)
    valid++
  })
  return normalizer(normalization, outer, inner, valid)
}

/**
 * InfogainLoss, -sum over classes of H[label, c] log(max(p[c], 1e-20)) / normalizer with p = softmax(x) over
 * one axis: infogain_loss_layer.cpp. H is bottom 2; a second top holds p.
 */
export const infogainLoss = defineLayer<InfogainLossParams>({
  type: "InfogainLoss",

  parse(message) {
    const older = section(message, "loss_param").normalize
    if (older !== undefined)
      throw new PrelabError("normalize is deprecated", String(older), { hint: "use normalization" })
    return { ...parseLoss(message), axis: numberOf(section(message, "infogain_loss_param"), "axis", 1) }
  },

  shape(call) {
    const { bottoms, layer } = call
    checkBottoms("InfogainLoss", bottoms, 2, 3)
    if (bottoms.length === 2) {
      throw new PrelabError("infogain matrix file not supported", "infogain_loss_param.source", {
        hint: "give the matrix as a third bottom",
      })
    }
    const { outer, channels, inner } = around(call)
    checkLabels(outer * inner, bottoms[1]!, count(bottoms[1]!))
    if (count(bottoms[2]!) !== channels * channels)
      throw new PrelabError(
        "infogain matrix has wrong size",
        `${formatShape(bottoms[2]!)} for ${channels} classes`,
      )
    return layer.tops.length > 1 ? [[], [...bottoms[0]!]] : [[]]
  },

  forward(call, [x, labels, h]) {
    const p = probabilities(call, call.params.axis, x!)
    let loss = 0
    const divisor = eachPair(call, labels!, (at, entry) => {
      loss -= h![entry]! * Math.log(Math.max(p[at]!, LEAST))
    })
    const top = Float32Array.of(Math.fround(loss) / divisor)
    return call.tops.length > 1 ? [top, p] : [top]
  },

  backward(call, { bottoms: [x, labels, h], topDiffs: [diff] }) {
    const p = probabilities(call, call.params.axis, x!)
    const { channels } = around(call)
    const rows = Float64Array.from({ length: channels }, (_, row) =>
      h!.subarray(row * channels, (row + 1) * channels).reduce((sum, v) => sum + v, 0),
    )
    const dx = new Float32Array(p.length)
    const divisor = eachPair(call, labels!, (at, entry) => {
      dx[at] = p[at]! * rows[Math.floor(entry / channels)]! - h![entry]!
    })
    const factor = Math.fround(diff![0]! / divisor)
    return { bottomDiffs: [dx.map((v) => v * factor)] }
  },

  dataOnly: { 1: "label inputs", 2: "infogain inputs" },

  bound(call, [x, labels, h], _tops, [e, labelErrors, he]) {
    const p = probabilities(call, call.params.axis, x!)
    const errors = probabilityErrors(call, call.params.axis, x!, p, e!)
    const sum = new LossSum()
    const divisor = eachPair(call, labels!, (at, entry) => {
      const log = Math.log(Math.max(p[at]!, LEAST))
      const logs = logError(p[at]!, errors[at]!, LEAST)
      sum.add(h![entry]! * log, Math.abs(h![entry]!) * logs + he![entry]! * (Math.abs(log) + logs))
    })
    const bound = areUncertain(labels!, labelErrors!)
      ? Float64Array.of(Number.POSITIVE_INFINITY)
      : sum.bound(divisor)
    return call.tops.length > 1 ? [bound, errors] : [bound]
  },

  onnx(call, onnx, [x, labels, h]) {
    const { params, bottoms, tops } = call
    const places = around(call)
    const { outer, channels, inner } = places
    const p = onnx.add("Softmax", [aroundNodes(onnx, x!, bottoms[0]!, places)], { axis: 1 })
    const known = labelNodes(onnx, labels!, bottoms[1]!, places, params.ignoreLabel)
    // The row of each place's true class, its classes where those of the scores are.
    const flat = onnx.reshape(known.classes, [outer, 1, inner], [outer, inner])
    const matrix = onnx.reshape(h!, bottoms[2]!, [channels, channels])
    const rows = onnx.add("Transpose", [onnx.add("Gather", [matrix, flat])], { perm: [0, 2, 1] })
    const terms = onnx.add("Mul", [rows, minusLogNodes(onnx, p, LEAST)])
    const loss = lossNodes(onnx, terms, params, places, known.counts)
    return tops.length > 1 ? [loss, onnx.add("Reshape", [p, onnx.ints("shape", tops[1]!)])] : [loss]
  },

  gpu(call) {
    const { outer, channels, inner } = around(call)
    const { axis, ignoreLabel } = call.params
    checkPlaces(count(call.bottoms[2]!))
    const kernels = probabilityKernels(call, axis)
    const sum = `
      for (let c = 0; c < ${channels}; c++) {
        const score = scores[y * ${channels * inner} + c * ${inner} + x];
        loss += matrix[${classAt("label")} * ${channels} + c] * ${minusLog("score", LEAST)};
      }`
    return [
      ...kernels,
      {
        output: [inner, outer],
        args: { scores: { bottom: 0 }, labels: { bottom: 1 }, matrix: { bottom: 2 }, ...logArguments },
        body: `
          const at = x + y * ${inner};
          const label = labels[at];
          ${logStart}
          let loss = 0;
          if (${isClass("label", channels)}) {
            ${unlessIgnored("label", ignoreLabel, sum)}
          }
          return loss;`,
      },
      totalOfLabelsKernel(
        kernels.length,
        outer * inner,
        channels,
        divisorOf(call.params, outer, inner),
        ignoreLabel,
      ),
    ]
  },

  macs: ({ bottoms }) => 2 * count(bottoms[0]!),
})
