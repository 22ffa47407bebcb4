import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import { rootStatements } from "./elementary.js"
import { defineLayer } from "./layer-type.js"
import { legacyShape } from "./legacy-shape.js"
import { areUncertain, checkBottoms, LossSum } from "./loss.js"
import { isLabel, totalKernel } from "./loss-kernels.js"
import { dividedNodes, totalNodes } from "./loss-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"
import { gamma, U } from "./rounding.js"
import { differences, squareError } from "./square.js"

/**
 * How strongly a pair that is not similar is pushed apart; 0 beyond the margin. The 1e-4 in the divisor is
 * Caffe's: its gradient is not that of its loss, by as much.
 */
function apart({ margin, legacy }: { margin: number; legacy: boolean }, square: number): number {
  if (legacy) return margin - square > 0 ? 1 : 0
  const distance = Math.fround(Math.sqrt(square))
  const missing = Math.fround(margin - distance)
  return missing > 0 ? missing / Math.fround(distance + Math.fround(1e-4)) : 0
}

/**
 * ContrastiveLoss, the sum of d^2 over similar pairs (label not 0) and of max(margin - d, 0)^2 over the
 * others, d their Euclidean distance, over 2 N; `legacy_version` takes max(margin - d^2, 0):
 * contrastive_loss_layer.cpp; Hadsell et al. 2006.
 */
export const contrastiveLoss = defineLayer<{ margin: number; legacy: boolean }>({
  type: "ContrastiveLoss",

  parse(message) {
    const param = section(message, "contrastive_loss_param")
    return {
      margin: Math.fround(numberOf(param, "margin", 1)),
      legacy: booleanOf(param, "legacy_version", false),
    }
  },

  shape({ bottoms }) {
    checkBottoms("ContrastiveLoss", bottoms, 3)
    const [a, b, similar] = bottoms.map(legacyShape)
    if (a![1] !== b![1])
      throw new PrelabError("shape mismatch", `${formatShape(bottoms[0]!)} and ${formatShape(bottoms[1]!)}`)
    const flat = count(a!, 2) === 1 && count(b!, 2) === 1 && count(similar!, 1) === 1
    if (!flat || similar![0] !== a![0])
      throw new PrelabError("one vector and label per pair", bottoms.map(formatShape).join(" and "))
    return [[]]
  },

  forward({ params, bottoms }, [a, b, similar]) {
    const [num, channels] = legacyShape(bottoms[0]!)
    let loss = 0
    for (let n = 0; n < num; n++) {
      let sum = 0
      for (let i = n * channels; i < (n + 1) * channels; i++) sum += Math.fround(a![i]! - b![i]!) ** 2
      const square = Math.fround(sum)
      if (Math.trunc(similar![n]!) !== 0) loss += square
      else if (params.legacy) loss += Math.max(Math.fround(params.margin - square), 0)
      else loss += Math.max(Math.fround(params.margin - Math.fround(Math.sqrt(square))), 0) ** 2
    }
    return [Float32Array.of(Math.fround(Math.fround(loss) / num) / 2)]
  },

  backward({ params, bottoms }, { bottoms: [a, b, similar], topDiffs: [diff], propagateDown }) {
    const [num, channels] = legacyShape(bottoms[0]!)
    const towards = (sign: number) => {
      const alpha = Math.fround((sign * diff![0]!) / num)
      const dx = new Float32Array(a!.length)
      for (let n = 0; n < num; n++) {
        const [from, to] = [n * channels, (n + 1) * channels]
        let sum = 0
        for (let i = from; i < to; i++) sum += Math.fround(a![i]! - b![i]!) ** 2
        const factor = Math.trunc(similar![n]!) !== 0 ? alpha : -alpha * apart(params, Math.fround(sum))
        for (let i = from; i < to; i++) dx[i] = factor * Math.fround(a![i]! - b![i]!)
      }
      return dx
    }
    return { bottomDiffs: [1, -1].map((sign, i) => (propagateDown[i] ? towards(sign) : undefined)) }
  },

  dataOnly: { 2: "label inputs" },

  bound({ params: { margin, legacy }, bottoms }, [a, b, similar], _tops, [ea, eb, es]) {
    if (areUncertain(similar!, es!)) return [Float64Array.of(Number.POSITIVE_INFINITY)]
    const [num, channels] = legacyShape(bottoms[0]!)
    const { difference, error } = differences(a!, b!, ea!, eb!)
    const g = gamma(channels + 1)
    const loss = new LossSum()
    for (let n = 0; n < num; n++) {
      let square = 0
      let off = 0
      for (let i = n * channels; i < (n + 1) * channels; i++) {
        const d = difference[i]!
        const moved = squareError(d, error[i]!)
        square += d * d
        off += moved + g * (d * d + moved)
      }
      if (Math.trunc(similar![n]!) !== 0) {
        loss.add(square, off)
        continue
      }
      // max(v, 0) moves no more than v does; the square root moves most towards 0.
      const distance = Math.sqrt(square)
      const v = margin - (legacy ? square : distance)
      const before = legacy ? off : distance - Math.sqrt(Math.max(0, square - off)) + 2 * U * distance
      const after = before + U * (Math.abs(v) + before)
      if (legacy) loss.add(Math.max(v, 0), after)
      else loss.add(Math.max(v, 0) ** 2, squareError(Math.max(v, 0), after))
    }
    return [loss.bound(2 * num)]
  },

  onnx({ params: { margin, legacy }, bottoms }, onnx, [a, b, similar]) {
    const [num, channels] = legacyShape(bottoms[0]!)
    const [left, right] = [a!, b!].map((x, i) => onnx.reshape(x, bottoms[i]!, [num, channels]))
    const over = { axes: [1], keepdims: 0 }
    const square = onnx.add("ReduceSumSquare", [onnx.add("Sub", [left, right])], over)
    const distance = legacy ? square : onnx.add("Sqrt", [square])
    const short = onnx.add("Relu", [onnx.add("Sub", [onnx.floats("margin", margin), distance])])
    const other = legacy ? short : onnx.add("Mul", [short, short])
    const label = onnx.add("Cast", [onnx.reshape(similar!, bottoms[2]!, [num])], { to: 7 })
    const isOther = onnx.add("Equal", [label, onnx.ints("unlike", 0)])
    const sum = totalNodes(onnx, onnx.add("Where", [isOther, other, square]))
    return [dividedNodes(onnx, sum, 2 * num)]
  },

  gpu({ params: { margin, legacy }, bottoms }) {
    const [num, channels] = legacyShape(bottoms[0]!)
    const other = legacy
      ? `return Math.max(${margin} - square, 0);`
      : `${rootStatements("square")}
         const short = Math.max(${margin} - root, 0);
         return short * short;`
    return [
      {
        output: [num],
        args: { a: { bottom: 0 }, b: { bottom: 1 }, similar: { bottom: 2 } },
        body: `
          let square = 0;
          for (let i = 0; i < ${channels}; i++) {
            const d = a[x * ${channels} + i] - b[x * ${channels} + i];
            square += d * d;
          }
          const label = similar[x];
          if (${isLabel("label", 0)}) {
            ${other}
          }
          return square;`,
      },
      totalKernel(0, num, 2 * num),
    ]
  },

  macs: ({ bottoms }) => count(bottoms[0]!),
})
