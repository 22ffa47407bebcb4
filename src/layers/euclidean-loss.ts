import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import { defineLayer } from "./layer-type.js"
import { legacyShape } from "./legacy-shape.js"
import { checkBottoms, LossSum } from "./loss.js"
import { totalKernel } from "./loss-kernels.js"
import { dividedNodes, rowNodes } from "./loss-nodes.js"
import { differences, squareError } from "./square.js"

/** EuclideanLoss, sum (a - b)^2 / (2 N): euclidean_loss_layer.cpp. */
export const euclideanLoss = defineLayer<object>({
  type: "EuclideanLoss",
  parse: () => ({}),

  shape({ bottoms }) {
    checkBottoms("EuclideanLoss", bottoms, 2)
    const [a, b] = bottoms
    legacyShape(a!)
    if (count(a!, 1) !== count(b!, 1))
      throw new PrelabError("shape mismatch", `${formatShape(a!)} and ${formatShape(b!)}`)
    return [[]]
  },

  forward({ bottoms }, [a, b]) {
    let sum = 0
    for (let i = 0; i < a!.length; i++) sum += Math.fround(a![i]! - b![i]!) ** 2
    return [Float32Array.of(Math.fround(Math.fround(sum) / bottoms[0]![0]!) / 2)]
  },

  backward({ bottoms }, { bottoms: [a, b], topDiffs: [diff], propagateDown }) {
    const factor = Math.fround(diff![0]! / bottoms[0]![0]!)
    const towards = (sign: number) => a!.map((v, i) => sign * factor * Math.fround(v - b![i]!))
    return { bottomDiffs: [1, -1].map((sign, i) => (propagateDown[i] ? towards(sign) : undefined)) }
  },

  bound({ bottoms }, [a, b], _tops, [ea, eb]) {
    const { difference, error } = differences(a!, b!, ea!, eb!)
    const sum = new LossSum()
    difference.forEach((d, i) => {
      sum.add(d * d, squareError(d, error[i]!))
    })
    return [sum.bound(2 * bottoms[0]![0]!)]
  },

  onnx({ bottoms }, onnx, [a, b]) {
    const [left, right] = [a!, b!].map((x, i) => rowNodes(onnx, x, bottoms[i]!))
    const squares = onnx.add("ReduceSumSquare", [onnx.add("Sub", [left, right])], { keepdims: 0 })
    return [dividedNodes(onnx, squares, 2 * bottoms[0]![0]!)]
  },

  gpu({ bottoms }) {
    const [examples] = bottoms[0]!
    const size = count(bottoms[0]!, 1)
    return [
      {
        output: [examples!],
        args: { a: { bottom: 0 }, b: { bottom: 1 } },
        body: `
          let sum = 0;
          for (let i = 0; i < ${size}; i++) {
            const d = a[x * ${size} + i] - b[x * ${size} + i];
            sum += d * d;
          }
          return sum;`,
      },
      totalKernel(0, examples!, 2 * examples!),
    ]
  },

  macs: ({ bottoms }) => count(bottoms[0]!),
})
