import { PrelabError } from "../error.js"
import { count, formatShape, type Message, sameShape } from "../net/index.js"
import { unknownFieldIn } from "./fork-fields.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { notANumber } from "./loss-kernels.js"
import { booleanOf, numberOf, section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"
import { checkPlaces } from "./view.js"

const fields = ["scale", "scale_h", "scale_w", "pad_out_h", "pad_out_w", "upsample_h", "upsample_w"]

/** Height and width of the top: stated, or a multiple of the bottom's, less one where that was odd. */
type SizeOf = (height: number, width: number) => readonly [number, number]

function sizeOf(param: Message): SizeOf {
  const stated = (field: string) => param[field] !== undefined
  const positive = (field: string, otherwise?: number) => {
    const value = numberOf(param, field, otherwise ?? 0)
    if (value <= 1) throw new PrelabError(`${field} must exceed 1`, value)
    return value
  }
  if (stated("upsample_h") && stated("upsample_w")) {
    const size = [positive("upsample_h"), positive("upsample_w")] as const
    return () => size
  }
  const apart = stated("scale_h") || stated("scale_w")
  if (apart && stated("scale")) throw new PrelabError("scale given twice", "scale, scale_h or scale_w")
  const scales = apart
    ? [positive("scale_h"), positive("scale_w")]
    : [positive("scale", 2), positive("scale", 2)]
  const less = ["pad_out_h", "pad_out_w"].map((field) => (booleanOf(param, field, false) ? 1 : 0))
  const odd = less.findIndex((one, i) => one > 0 && scales[i] !== 2)
  if (odd >= 0) throw new PrelabError("pad_out needs scale 2", scales[odd])
  return (height, width) => [height * scales[0]! - less[0]!, width * scales[1]! - less[1]!]
}

/** Calls `visit(place, from)` for every value of the bottom, in Caffe's order: a later one overwrites. */
function eachValue(
  call: Call<Message>,
  mask: Float32Array,
  visit: (place: number, from: number) => void,
): void {
  const inside = count(call.bottoms[0]!, 2)
  const size = count(call.tops[0]!, 2)
  mask.forEach((index, i) => {
    const place = Math.trunc(index)
    if (!(place >= 0 && place < size)) {
      throw new PrelabError(
        "mask outside upsampled blob",
        `${index} of ${formatShape(call.tops[0]!.slice(2))}`,
        {
          hint: "its size must be that of the pooled blob",
        },
      )
    }
    visit(Math.floor(i / inside) * size + place, i)
  })
}

/**
 * Upsample, the inverse of a MAX Pooling: every value goes where the pooling's second top, the mask, says
 * that it came from, zeros elsewhere: upsample_layer.cpp of caffe-segnet and ENet's Caffe; Badrinarayanan et
 * al. 2015, "SegNet". YOLO's Upsample, without a mask, is another layer.
 */
export const upsample = defineLayer<Message>({
  type: "Upsample",
  parse: (message) => section(message, "upsample_param"),

  refusal(layer) {
    if (layer.bottoms.length === 2) return unknownFieldIn(layer, "upsample_param", fields)
    return new UnsupportedLayer("unsupported layer type", `Upsample in layer ${layer.name} without a mask`)
  },

  shape({ params, bottoms: [bottom, mask] }) {
    if (bottom!.length !== 4) throw new PrelabError("Upsample needs four axes", formatShape(bottom!))
    if (!sameShape(bottom!, mask!))
      throw new PrelabError("shape mismatch", `${formatShape(bottom!)} and mask ${formatShape(mask!)}`)
    return [[bottom![0]!, bottom![1]!, ...sizeOf(params)(bottom![2]!, bottom![3]!)]]
  },

  forward(call, [x, mask]) {
    const y = new Float32Array(count(call.tops[0]!))
    eachValue(call, mask!, (place, i) => {
      y[place] = x![i]!
    })
    return [y]
  },

  backward(call, { bottoms: [x, mask], topDiffs: [diff] }) {
    const dx = new Float32Array(x!.length)
    eachValue(call, mask!, (place, i) => {
      dx[i] = diff![place]!
    })
    return { bottomDiffs: [dx] }
  },

  dataOnly: { 1: "mask" },

  bound(call, [, mask], _tops, [e, offs]) {
    const bound = new Float64Array(count(call.tops[0]!))
    eachValue(call, mask!, (place, i) => {
      bound[place] = e![i]!
    })
    const size = count(call.tops[0]!, 2)
    const inside = count(call.bottoms[0]!, 2)
    offs!.forEach((off, i) => {
      // The value may go to any other place of its plane.
      if (Math.trunc(mask![i]! - off) === Math.trunc(mask![i]! + off)) return
      const plane = Math.floor(i / inside) * size
      bound.fill(Number.POSITIVE_INFINITY, plane, plane + size)
    })
    return [bound]
  },

  onnx(call, onnx, [x, mask]) {
    const planes = count(call.tops[0]!, 0, 2)
    const [from, to] = [count(call.bottoms[0]!, 2), count(call.tops[0]!, 2)]
    const flat = [planes, from]
    const places = onnx.add("Cast", [onnx.reshape(mask!, call.bottoms[1]!, flat)], { to: 7 })
    const zeros = onnx.filled(0, [planes, to])
    const filled = onnx.add("ScatterElements", [zeros, places, onnx.reshape(x!, call.bottoms[0]!, flat)], {
      axis: 1,
    })
    return [onnx.reshape(filled, [planes, to], call.tops[0]!)]
  },

  gpu(call): GpuKernel[] {
    const [n, c, height, width] = call.bottoms[0] as [number, number, number, number]
    const [, , high, wide] = call.tops[0] as [number, number, number, number]
    checkPlaces(Math.max(count(call.bottoms[0]!), high * wide))
    // A thread writes its own place only, so it looks for the value that belongs there: in the rows whose
    // lowest and highest places enclose its own, which after a pooling are one or two.
    const edge = (start: number, further: string) => ({
      output: [height, n * c],
      args: { mask: { bottom: 1 } },
      body: `
        let found = ${start};
        let wrong = 0;
        for (let j = 0; j < ${width}; j++) {
          const place = mask[(y * ${height} + x) * ${width} + j];
          if (place ${further} found) { found = place; }
          wrong += 1;
          if (place > -1 && place < ${high * wide}) { wrong -= 1; }
        }
        if (wrong > 0) { found = -1; }
        return found;`,
    })
    return [
      edge(high * wide, "<"),
      edge(-1, ">"),
      {
        output: [wide, high, n * c],
        args: {
          values: { bottom: 0 },
          mask: { bottom: 1 },
          low: { kernel: 0 },
          top: { kernel: 1 },
          nan: notANumber,
        },
        body: `
          const place = y * ${wide} + x;
          let value = 0;
          let wrong = 0;
          for (let i = 0; i < ${height}; i++) {
            const row = z * ${height} + i;
            if (low[row] <= -1) { wrong = 1; }
            if (low[row] < place + 1 && top[row] >= place) {
              for (let j = 0; j < ${width}; j++) {
                const at = row * ${width} + j;
                const index = Math.floor(Math.max(mask[at], 0));
                if (index > place - 0.5 && index < place + 0.5) { value = values[at]; }
              }
            }
          }
          if (wrong > 0) { return nan[0]; }
          return value;`,
        top: 0,
      },
    ]
  },
})
