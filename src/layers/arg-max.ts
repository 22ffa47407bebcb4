import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import type { OnnxValue } from "./onnx-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"

interface ArgMaxParams {
  readonly outMaxVal: boolean
  readonly topK: number
  /** Absent: over all values of an image. */
  readonly axis: number | undefined
}

/** `groups` of `size` candidates each; group g's candidate j is at start(g) + j step. */
function groupsOf({ params, bottoms: [bottom] }: Pick<Call<ArgMaxParams>, "params" | "bottoms">) {
  const axis = params.axis === undefined ? 0 : canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  const whole = params.axis === undefined
  const size = whole ? count(bottom!, 1) : bottom![axis]!
  const inner = whole ? 1 : count(bottom!, axis + 1)
  if (params.topK < 1 || params.topK > size)
    throw new PrelabError("top_k out of range", `${params.topK} of ${size}`)
  return { axis, size, inner, outer: count(bottom!) / (size * inner) }
}

/**
 * Calls `visit` for every group with its candidates, best first (of equals the last), where its first
 * candidate lies, and the place of its j-th result among the results of one kind.
 */
function eachGroup(
  call: Call<ArgMaxParams>,
  x: Float32Array,
  visit: (
    best: readonly number[],
    valueAt: (j: number) => number,
    group: number,
    place: (j: number) => number,
  ) => void,
): void {
  const { size, inner, outer } = groupsOf(call)
  const { topK } = call.params
  for (let o = 0, group = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++, group++) {
      checkStopNowAndThen(8 * size)
      const valueAt = (j: number) => (o * size + j) * inner + i
      const order = Array.from({ length: size }, (_, j) => j)
      order.sort((a, b) => x[valueAt(b)]! - x[valueAt(a)]! || b - a)
      visit(order.slice(0, topK), valueAt, group, (j) => (o * topK + j) * inner + i)
    }
  }
}

/**
 * ArgMax: the positions of the `top_k` largest values of each image, or along `axis`. `out_max_val` adds
 * their values to the positions of an image, and replaces the positions along an axis: argmax_layer.cpp.
 */
export const argMax = defineLayer<ArgMaxParams>({
  type: "ArgMax",

  parse(message) {
    const param = section(message, "argmax_param")
    return {
      outMaxVal: booleanOf(param, "out_max_val", false),
      topK: numberOf(param, "top_k", 1),
      axis: param.axis === undefined ? undefined : numberOf(param, "axis", 0),
    }
  },

  shape(call) {
    const { outMaxVal, topK, axis } = call.params
    const bottom = call.bottoms[0]!
    const groups = groupsOf(call)
    if (axis !== undefined) return [bottom.map((n, i) => (i === groups.axis ? topK : n))]
    const ones = new Array<number>(Math.max(0, bottom.length - 3)).fill(1)
    return [[bottom[0]!, outMaxVal ? 2 : 1, topK, ...ones]]
  },

  forward(call, [x]) {
    const { outMaxVal, topK, axis } = call.params
    const y = new Float32Array(count(call.tops[0]!))
    eachGroup(call, x!, (best, valueAt, group, place) => {
      best.forEach((candidate, j) => {
        const value = x![valueAt(candidate)]!
        if (axis !== undefined || !outMaxVal) y[place(j)] = outMaxVal ? value : candidate
        else {
          y[2 * group * topK + j] = candidate
          y[(2 * group + 1) * topK + j] = value
        }
      })
    })
    return [y]
  },

  bound(call, [x], [y], [e]) {
    const { outMaxVal, topK, axis } = call.params
    const { size } = groupsOf(call)
    const bound = new Float64Array(y!.length)
    eachGroup(call, x!, (best, valueAt, group, place) => {
      let worst = 0
      for (let j = 0; j < size; j++) worst = Math.max(worst, e![valueAt(j)]!)
      // The j-th largest value moves by no more than the values do.
      const ofValue = worst
      const ofPosition = (candidate: number): number => {
        if (worst === 0) return 0
        const at = valueAt(candidate)
        for (let j = 0; j < size; j++) {
          const other = valueAt(j)
          // Two values that may change places: a position is right or it is any.
          const reach = e![at]! + e![other]!
          if (j !== candidate && reach > 0 && Math.abs(x![at]! - x![other]!) <= reach)
            return Number.POSITIVE_INFINITY
        }
        return 0
      }
      best.forEach((candidate, j) => {
        if (axis !== undefined || !outMaxVal) bound[place(j)] = outMaxVal ? ofValue : ofPosition(candidate)
        else {
          bound[2 * group * topK + j] = ofPosition(candidate)
          bound[(2 * group + 1) * topK + j] = ofValue
        }
      })
    })
    return [bound]
  },

  onnx(call, onnx, [x]) {
    const { outMaxVal, topK, axis } = call.params
    const groups = groupsOf(call)
    const { size, inner, outer } = groups
    const candidates = onnx.reshape(x!, call.bottoms[0]!, [outer, size, inner])
    // Of equals Caffe takes the last and ONNX the first: ONNX looks from the end.
    const turned = onnx.add("Slice", [
      candidates,
      onnx.ints("starts", [-1]),
      onnx.ints("ends", [-size - 1]),
      onnx.ints("axes", [1]),
      onnx.ints("steps", [-1]),
    ])
    const [values, places] = onnx.addMany("TopK", [turned, onnx.ints("k", [topK])], 2, { axis: 1 }) as [
      OnnxValue,
      OnnxValue,
    ]
    const [best, top] = [[outer, topK, inner], call.tops[0]!]
    if (axis !== undefined && outMaxVal) return [onnx.reshape(values, best, top)]
    const positions = onnx.add("Cast", [onnx.add("Sub", [onnx.ints("last", size - 1), places])], { to: 1 })
    if (!outMaxVal) return [onnx.reshape(positions, best, top)]
    // Without an axis an image has both, its positions first.
    const pair = onnx.add("Concat", [positions, values], { axis: 1 })
    return [onnx.reshape(pair, [outer, 2 * topK, inner], top)]
  },

  gpu(call): GpuKernel[] {
    const { outMaxVal, topK, axis } = call.params
    const { size, inner, outer } = groupsOf(call)
    const along = axis !== undefined
    const both = !along && outMaxVal
    const [rank, start] = along
      ? ["y", `z * ${size * inner} + x`]
      : ["x", both ? `z * ${size}` : `y * ${size}`]
    const result = both ? "(y < 1 ? at : best)" : outMaxVal ? "best" : "at"
    return [
      {
        output: along ? [inner, topK, outer] : both ? [topK, 2, outer] : [topK, outer],
        args: { bottom: { bottom: 0 } },
        // Round after round the largest value that comes after the one before; of equals the last comes
        // first.
        body: `
          let best = 0;
          let at = 0;
          let limit = 0;
          let limitAt = 0;
          for (let round = 0; round < ${topK}; round++) {
            if (round <= ${rank}) {
              limit = best;
              limitAt = at;
              best = -3.4028234663852886e38;
              at = 0;
              for (let j = 0; j < ${size}; j++) {
                const v = bottom[${start} + j * ${inner}];
                if (v >= best) {
                  if (round < 1 || v < limit || (v === limit && j < limitAt)) {
                    best = v;
                    at = j;
                  }
                }
              }
            }
          }
          return ${result};`,
        top: 0,
      },
    ]
  },
})
