import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { areUncertain, checkLabels, classOf } from "./loss.js"
import { classAt, isClass, isLabel, notANumber, unlessIgnored } from "./loss-kernels.js"
import { aroundNodes, countedNodes, labelNodes, totalNodes, trueClassNodes } from "./loss-nodes.js"
import type { OnnxValue } from "./onnx-nodes.js"
import { numberOf, section } from "./param.js"
import { U } from "./rounding.js"
import { checkPlaces } from "./view.js"

interface AccuracyParams {
  readonly topK: number
  readonly axis: number
  readonly ignoreLabel: number | undefined
}

function around({ params, bottoms: [bottom] }: Pick<Call<AccuracyParams>, "params" | "bottoms">) {
  const axis = canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return aroundAxis(bottom!, axis)
}

/**
 * Visits every prediction that counts: its class, and where its first score and its true class's score are.
 */
function eachPrediction(
  call: Call<AccuracyParams>,
  labels: Float32Array,
  visit: (label: number, first: number, own: number) => void,
): void {
  const { channels, inner } = around(call)
  labels.forEach((value, i) => {
    if (Math.trunc(value) === call.params.ignoreLabel) return
    const label = classOf(call, value, channels)
    const first = Math.floor(i / inner) * channels * inner + (i % inner)
    visit(label, first, first + label * inner)
  })
}

/** Shares of right answers, of all and of each class; 0 where there is none to count. */
function shares(right: Float64Array, seen: Float64Array): Float32Array[] {
  const total = (counts: Float64Array) => counts.reduce((sum, n) => sum + n, 0)
  const share = (a: number, b: number) => (b === 0 ? 0 : a / b)
  return [
    Float32Array.of(share(total(right), total(seen))),
    Float32Array.from(right, (n, c) => share(n, seen[c]!)),
  ]
}

/**
 * Accuracy: the share of predictions whose true class is among the `top_k` highest scores. A tie with the
 * true class counts against it: accuracy_layer.cpp. A second top holds the share of every class.
 */
export const accuracy = defineLayer<AccuracyParams>({
  type: "Accuracy",

  parse(message) {
    const param = section(message, "accuracy_param")
    return {
      topK: numberOf(param, "top_k", 1),
      axis: numberOf(param, "axis", 1),
      ignoreLabel: param.ignore_label === undefined ? undefined : numberOf(param, "ignore_label", 0),
    }
  },

  shape(call) {
    const { bottoms, params, layer } = call
    if (bottoms.length !== 2)
      throw new PrelabError("wrong number of bottoms", `${bottoms.length}, Accuracy has 2`)
    const { outer, channels, inner } = around(call)
    checkLabels(outer * inner, bottoms[1]!, count(bottoms[1]!))
    if (params.topK > channels)
      throw new PrelabError("top_k above number of classes", `${params.topK} of ${channels}`)
    return layer.tops.length > 1 ? [[], [channels]] : [[]]
  },

  forward(call, [x, labels]) {
    const { channels, inner } = around(call)
    const right = new Float64Array(channels)
    const seen = new Float64Array(channels)
    eachPrediction(call, labels!, (label, first, own) => {
      let better = -1
      for (let c = 0; c < channels; c++) if (x![first + c * inner]! >= x![own]!) better++
      seen[label]!++
      if (better < call.params.topK) right[label]!++
    })
    return shares(right, seen).slice(0, call.tops.length)
  },

  bound(call, [x, labels], tops, [e, labelErrors]) {
    const { channels, inner } = around(call)
    const flips = new Float64Array(channels)
    let uncertain = areUncertain(labels!, labelErrors!)
    if (uncertain) flips.fill(Number.POSITIVE_INFINITY)
    eachPrediction(call, labels!, (label, first, own) => {
      let surely = 0
      let maybe = 0
      for (let at = first; at < first + channels * inner; at += inner) {
        if (at === own) continue
        const lead = x![at]! - x![own]!
        const error = e![at]! + e![own]!
        if (lead >= error) surely++
        if (lead >= -error) maybe++
      }
      if (surely < call.params.topK === maybe < call.params.topK) return
      flips[label] = Number.POSITIVE_INFINITY
      uncertain = true
    })
    // Counts are whole numbers; the division rounds.
    const rounding = (top: Float32Array) => Float64Array.from(top, (share) => U * share)
    const all = uncertain ? Float64Array.of(Number.POSITIVE_INFINITY) : rounding(tops[0]!)
    return call.tops.length > 1 ? [all, rounding(tops[1]!).map((u, c) => u + flips[c]!)] : [all]
  },

  onnx(call, onnx, [x, labels]) {
    const { params, bottoms, tops } = call
    const places = around(call)
    const { outer, channels, inner } = places
    const scores = aroundNodes(onnx, x!, bottoms[0]!, places)
    const known = labelNodes(onnx, labels!, bottoms[1]!, places, params.ignoreLabel)
    const counts = known.counts ?? onnx.filled(1, [outer, 1, inner])
    // A tie counts against the true class, which is one of those that are as good.
    const isAsGood = onnx.add("GreaterOrEqual", [scores, trueClassNodes(onnx, scores, known)])
    const better = onnx.add("ReduceSum", [onnx.add("Cast", [isAsGood], { to: 1 }), onnx.ints("axes", [1])])
    const isHit = onnx.add("LessOrEqual", [better, onnx.floats("most", params.topK)])
    const hits = countedNodes(onnx, onnx.add("Cast", [isHit], { to: 1 }), counts)
    const share = (right: OnnxValue, seen: OnnxValue) =>
      onnx.add("Div", [right, onnx.add("Max", [seen, onnx.floats("least", 1)])])
    const all = share(totalNodes(onnx, hits), totalNodes(onnx, counts))
    if (tops.length === 1) return [all]
    const isOfClass = onnx.add(
      "OneHot",
      [known.classes, onnx.ints("classes", channels), onnx.floats("values", Float32Array.of(0, 1))],
      { axis: 1 },
    )
    // [outer, classes, 1, inner]: the labels' own axis of extent 1 stands behind the classes.
    const perClass = (values: OnnxValue) => {
      const wide = onnx.reshape(values, [outer, 1, inner], [outer, 1, 1, inner])
      const own = onnx.add("Mul", [isOfClass, wide])
      return onnx.add("ReduceSum", [own, onnx.ints("axes", [0, 2, 3])], { keepdims: 0 })
    }
    return [all, share(perClass(hits), perClass(counts))]
  },

  gpu(call): GpuKernel[] {
    const { outer, channels, inner } = around(call)
    const { topK, ignoreLabel } = call.params
    checkPlaces(count(call.bottoms[0]!))
    const right = `
      const first = y * ${channels * inner} + x;
      const label = labels[x + y * ${inner}];
      let better = -1;
      if (${isClass("label", channels)}) {
        const own = scores[first + ${classAt("label")} * ${inner}];
        for (let c = 0; c < ${channels}; c++) {
          const score = scores[first + c * ${inner}];
          if (score >= own) { better += 1; }
        }
      }
      return better < ${topK} ? 1 : 0;`
    // Of every label that counts, or of those of class x.
    const share = (counted: string) => `
      let right = 0;
      let seen = 0;
      let wrong = 0;
      for (let i = 0; i < ${outer * inner}; i++) {
        const label = labels[i];
        const hit = hits[i];
        ${unlessIgnored(
          "label",
          ignoreLabel,
          `wrong += 1;
           if (${isClass("label", channels)}) { wrong -= 1; }
           if (${counted}) { seen += 1; right += hit; }`,
        )}
      }
      if (wrong > 0) { return nan[0]; }
      return right / Math.max(seen, 1);`
    const args = { hits: { kernel: 0 }, labels: { bottom: 1 }, nan: notANumber }
    const ofClass = `(x > 0 && label >= x && label < x + 1) || (x < 1 && ${isLabel("label", 0)})`
    return [
      { output: [inner, outer], args: { scores: { bottom: 0 }, labels: { bottom: 1 } }, body: right },
      { output: [1], args, body: share(isClass("label", channels)), top: 0 },
      ...(call.tops.length > 1 ? [{ output: [channels], args, body: share(ofClass), top: 1 }] : []),
    ]
  },
})
