import { count } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { legacyShape } from "./legacy-shape.js"
import { areUncertain, checkBottoms, classOf, LossSum } from "./loss.js"
import { classAt, totalOfLabelsKernel } from "./loss-kernels.js"
import { dividedNodes, rowNodes, totalNodes } from "./loss-nodes.js"
import { enumOf, section } from "./param.js"
import { U } from "./rounding.js"
import { squareError } from "./square.js"

type Norm = "L1" | "L2"

/** max(0, 1 - x) for the true class, max(0, 1 + x) for every other, rounded once. */
function margins(call: Call<{ norm: Norm }>, x: Float32Array, labels: Float32Array): Float32Array {
  const shape = call.bottoms[0]!
  const size = count(shape, 1)
  const signed = Float32Array.from(x)
  for (let i = 0; i < shape[0]!; i++) {
    const at = i * size + classOf(call, labels[i]!, size)
    signed[at] = -signed[at]!
  }
  return signed.map((v) => Math.max(0, 1 + v))
}

/** HingeLoss, sum of max(0, 1 ± x) / N (norm L1), or of the squares of that (L2): hinge_loss_layer.cpp. */
export const hingeLoss = defineLayer<{ norm: Norm }>({
  type: "HingeLoss",
  parse: (message) => ({ norm: enumOf(section(message, "hinge_loss_param"), "norm", ["L1", "L2"], "L1") }),

  shape({ bottoms }) {
    checkBottoms("HingeLoss", bottoms, 2)
    legacyShape(bottoms[0]!)
    return [[]]
  },

  forward(call, [x, labels]) {
    let sum = 0
    for (const margin of margins(call, x!, labels!))
      sum += call.params.norm === "L1" ? margin : margin * margin
    return [Float32Array.of(Math.fround(sum) / call.bottoms[0]![0]!)]
  },

  backward(call, { bottoms: [x, labels], topDiffs: [diff] }) {
    const shape = call.bottoms[0]!
    const size = count(shape, 1)
    const slopes = margins(call, x!, labels!)
    for (let i = 0; i < shape[0]!; i++) {
      const at = i * size + classOf(call, labels![i]!, size)
      slopes[at] = -slopes[at]!
    }
    const { norm } = call.params
    const factor = Math.fround(norm === "L1" ? diff![0]! / shape[0]! : (diff![0]! * 2) / shape[0]!)
    return { bottomDiffs: [slopes.map((v) => (norm === "L1" ? Math.sign(v) : v) * factor)] }
  },

  dataOnly: { 1: "label inputs" },

  bound(call, [x, labels], _tops, [e, labelErrors]) {
    if (areUncertain(labels!, labelErrors!)) return [Float64Array.of(Number.POSITIVE_INFINITY)]
    const sum = new LossSum()
    margins(call, x!, labels!).forEach((margin, i) => {
      const error = e![i]! + U * (margin + e![i]!)
      if (call.params.norm === "L1") sum.add(margin, error)
      else sum.add(margin * margin, squareError(margin, error))
    })
    return [sum.bound(call.bottoms[0]![0]!)]
  },

  onnx({ params, bottoms }, onnx, [x, labels]) {
    const [shape] = bottoms as [number[]]
    const classes = onnx.add("Cast", [onnx.reshape(labels!, bottoms[1]!, [shape[0]!])], { to: 7 })
    const signs = onnx.add("OneHot", [
      classes,
      onnx.ints("classes", count(shape, 1)),
      onnx.floats("signs", Float32Array.of(1, -1)),
    ])
    const signed = onnx.add("Mul", [rowNodes(onnx, x!, shape), signs])
    const margins = onnx.add("Relu", [onnx.add("Add", [signed, onnx.floats("one", 1)])])
    const sum =
      params.norm === "L1"
        ? totalNodes(onnx, margins)
        : onnx.add("ReduceSumSquare", [margins], { keepdims: 0 })
    return [dividedNodes(onnx, sum, shape[0]!)]
  },

  gpu({ params, bottoms }) {
    const [examples] = bottoms[0]!
    const size = count(bottoms[0]!, 1)
    return [
      {
        output: [examples!],
        args: { scores: { bottom: 0 }, labels: { bottom: 1 } },
        body: `
          const own = ${classAt("labels[x]")};
          let sum = 0;
          for (let c = 0; c < ${size}; c++) {
            let score = scores[x * ${size} + c];
            if (c === own) { score = -score; }
            const margin = Math.max(0, 1 + score);
            sum += ${params.norm === "L1" ? "margin" : "margin * margin"};
          }
          return sum;`,
      },
      totalOfLabelsKernel(0, examples!, size, examples!),
    ]
  },

  macs: ({ params, bottoms }) => (params.norm === "L1" ? 0 : count(bottoms[0]!)),
})
