import { PrelabError } from "../error.js"
import { count, formatShape, type Layer, type Message, type Shape } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, enumOf, section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"
import { gamma } from "./rounding.js"
import { checkTopRange } from "./tops.js"
import { type PerAxis, perAxis } from "./window.js"

export interface PoolingParams {
  readonly pool: "MAX" | "AVE" | "STOCHASTIC"
  readonly global: boolean
  readonly round: "CEIL" | "FLOOR"
  readonly param: Message
}

interface Windows {
  readonly kernel: PerAxis
  readonly stride: PerAxis
  readonly pad: PerAxis
}

function windowsOf({ params, bottoms }: Pick<Call<PoolingParams>, "params" | "bottoms">): Windows {
  const { param, global } = params
  const bottom = bottoms[0]!
  if (bottom.length !== 4) throw new PrelabError("Pooling needs four axes", formatShape(bottom))
  const kernel = global ? bottom.slice(2) : perAxis(param, "kernel_size", ["kernel_h", "kernel_w"], 2, 0)
  if (kernel.some((extent) => extent < 1))
    throw new PrelabError("kernel size must be positive", formatShape(kernel))
  const stride = perAxis(param, "stride", ["stride_h", "stride_w"], 2, 1)
  if (stride.some((step) => step < 1)) throw new PrelabError("stride must be positive", formatShape(stride))
  const pad = perAxis(param, "pad", ["pad_h", "pad_w"], 2, 0)
  if (pad.some((p, i) => p >= kernel[i]!))
    throw new PrelabError("pad must be below kernel size", formatShape(pad))
  return { kernel, stride, pad }
}

/**
 * Window edges along one axis for output `o`: `[from, to)` clipped to the image, `size` clipped to the padded image
 * only, which is what AVE divides by (pooling_layer.cpp).
 */
export function windowEdges(o: number, extent: number, kernel: number, stride: number, pad: number) {
  const start = o * stride - pad
  const end = Math.min(start + kernel, extent + pad)
  return { from: Math.max(start, 0), to: Math.min(end, extent), size: end - start }
}

/** -FLT_MAX, the maximum of nothing. */
const LEAST = -3.4028234663852886e38

/** The edges of all windows along height and width. */
function edgesOf(call: Call<PoolingParams>) {
  const { kernel, stride, pad } = windowsOf(call)
  const along = (axis: number) =>
    Array.from({ length: call.tops[0]![2 + axis]! }, (_, o) =>
      windowEdges(o, call.bottoms[0]![2 + axis]!, kernel[axis]!, stride[axis]!, pad[axis]!),
    )
  return { vertical: along(0), horizontal: along(1) }
}

function eachWindow(
  call: Call<PoolingParams>,
  visit: (
    output: number,
    plane: number,
    rows: ReturnType<typeof windowEdges>,
    columns: ReturnType<typeof windowEdges>,
  ) => void,
): void {
  const [n, c, height, width] = call.bottoms[0] as [number, number, number, number]
  const { vertical, horizontal } = edgesOf(call)
  for (let i = 0, output = 0; i < n * c; i++) {
    for (const down of vertical)
      for (const across of horizontal) visit(output++, i * height * width, down, across)
  }
}

/** Where every window's largest value is, the first of equals; -1 where none is above the least number. `inPlane`: counted from its plane. */
function maxima(call: Call<PoolingParams>, x: Float32Array) {
  const [n, c, height, width] = call.bottoms[0] as [number, number, number, number]
  const { vertical, horizontal } = edgesOf(call)
  const size = vertical.length * horizontal.length
  const places = new Int32Array(n * c * size)
  let output = 0
  for (let plane = 0; plane < x.length; plane += height * width) {
    for (const rows of vertical) {
      for (const { from, to } of horizontal) {
        let best = LEAST
        let at = -1
        for (let h = rows.from; h < rows.to; h++) {
          for (let i = plane + h * width + from; i < plane + h * width + to; i++) {
            if (x[i]! > best) {
              best = x[i]!
              at = i
            }
          }
        }
        places[output++] = at
      }
    }
  }
  const inPlane = () => places.map((at, i) => (at < 0 ? at : at - Math.floor(i / size) * height * width))
  return { places, inPlane }
}

/** Caffe on a CPU has no STOCHASTIC pooling either: NOT_IMPLEMENTED in pooling_layer.cpp. */
export function stochastic({ layer, params }: { layer: Layer; params: Pick<PoolingParams, "pool"> }) {
  if (params.pool !== "STOCHASTIC") return undefined
  return new UnsupportedLayer("pooling method not supported", `STOCHASTIC in layer ${layer.name}`)
}

/**
 * Pooling, MAX or AVE, over height and width: pooling_layer.cpp. The output size rounds up unless round_mode says FLOOR; with padding a
 * last window that would start beyond the image is dropped. A second top of MAX holds the flat index of the maximum.
 */
export const pooling = defineLayer<PoolingParams>({
  type: "Pooling",

  parse(message) {
    const param = section(message, "pooling_param")
    return {
      pool: enumOf(param, "pool", ["MAX", "AVE", "STOCHASTIC"], "MAX"),
      global: booleanOf(param, "global_pooling", false),
      round: enumOf(param, "round_mode", ["CEIL", "FLOOR"], "CEIL"),
      param,
    }
  },

  refusalAt: stochastic,

  shape(call) {
    // Only MAX has a mask to hand out (pooling_layer.hpp).
    checkTopRange(call.layer, 1, call.params.pool === "MAX" ? 2 : 1)
    const { kernel, stride, pad } = windowsOf(call)
    const bottom = call.bottoms[0]!
    const padded = pad.some((p) => p > 0)
    const spatial = kernel.map((extent, i) => {
      const size = bottom[2 + i]!
      const steps = (size + 2 * pad[i]! - extent) / stride[i]!
      const output = (call.params.round === "CEIL" ? Math.ceil(steps) : Math.floor(steps)) + 1
      return padded && (output - 1) * stride[i]! >= size + pad[i]! ? output - 1 : output
    })
    if (spatial.some((n) => n < 1))
      throw new PrelabError("kernel larger than padded input", formatShape(kernel))
    const top: Shape = [...bottom.slice(0, 2), ...spatial]
    return call.layer.tops.map(() => [...top])
  },

  forward(call, [x]) {
    const [top] = call.tops
    if (call.params.pool === "MAX") {
      const { places, inPlane } = maxima(call, x!)
      const y = new Float32Array(places.length)
      for (let i = 0; i < y.length; i++) y[i] = places[i]! < 0 ? LEAST : x![places[i]!]!
      return call.tops.length > 1 ? [y, new Float32Array(inPlane())] : [y]
    }
    const width = call.bottoms[0]![3]!
    const y = new Float32Array(count(top!))
    eachWindow(call, (output, plane, rows, columns) => {
      let sum = 0
      for (let h = rows.from; h < rows.to; h++)
        for (let w = columns.from; w < columns.to; w++) sum += x![plane + h * width + w]!
      y[output] = sum / (rows.size * columns.size)
    })
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const width = call.bottoms[0]![3]!
    const dx = new Float64Array(x!.length)
    if (call.params.pool === "MAX") {
      const { places } = maxima(call, x!)
      // A window without a value above the least number took from nowhere.
      for (let i = 0; i < places.length; i++) if (places[i]! >= 0) dx[places[i]!]! += diff![i]!
    } else {
      eachWindow(call, (output, plane, rows, columns) => {
        const share = diff![output]! / (rows.size * columns.size)
        for (let h = rows.from; h < rows.to; h++)
          for (let w = columns.from; w < columns.to; w++) dx[plane + h * width + w]! += share
      })
    }
    return { bottomDiffs: [new Float32Array(dx)] }
  },

  gpu(call) {
    const [, , height, width] = call.bottoms[0] as [number, number, number, number]
    const [n, c, rows, columns] = call.tops[0] as [number, number, number, number]
    const { kernel, stride, pad } = windowsOf(call)
    const [kh, kw] = kernel as [number, number]
    const max = call.params.pool === "MAX"
    const vertical = Array.from({ length: rows }, (_, y) => windowEdges(y, height, kh, stride[0]!, pad[0]!))
    const horizontal = Array.from({ length: columns }, (_, x) =>
      windowEdges(x, width, kw, stride[1]!, pad[1]!),
    )
    const whole = vertical.every((e) => e.to - e.from === kh) && horizontal.every((e) => e.to - e.from === kw)
    const sizes = Float32Array.from(
      vertical.flatMap(({ size }) => horizontal.map((edges) => size * edges.size)),
    )
    const visit = `
      const v = bottom[(z * ${height} + h) * ${width} + w];
      ${max ? `if (v > best) { best = v; at = h * ${width} + w; }` : "best += v;"}`
    return call.tops.map((_, top) => ({
      output: [columns, rows, n * c],
      args: { bottom: { bottom: 0 }, ...(max || whole ? {} : { sizes: { data: sizes } }) },
      body: `
        let best = ${max ? LEAST : "0"};
        let at = -1;
        for (let i = 0; i < ${kh}; i++) {
          const h = y * ${stride[0]} + i - ${pad[0]};
          for (let j = 0; j < ${kw}; j++) {
            const w = x * ${stride[1]} + j - ${pad[1]};
            ${whole ? visit : `if (h >= 0 && h < ${height} && w >= 0 && w < ${width}) { ${visit} }`}
          }
        }
        return ${top > 0 ? "at" : max ? "best" : `best / ${whole ? kh * kw : `sizes[y * ${columns} + x]`}`};`,
      top,
    }))
  },

  bound(call, [x], _tops, [e]) {
    const width = call.bottoms[0]![3]!
    const bound = new Float64Array(count(call.tops[0]!))
    const max = call.params.pool === "MAX"
    eachWindow(call, (output, plane, rows, columns) => {
      const size = rows.size * columns.size
      // AVE: one rounding a sum, the division, and one more where the reciprocal of the size is stored.
      const g = gamma((rows.to - rows.from) * (columns.to - columns.from) + 2)
      let worst = 0
      for (let h = rows.from; h < rows.to; h++) {
        for (let w = columns.from; w < columns.to; w++) {
          const i = plane + h * width + w
          if (max) worst = Math.max(worst, e![i]!)
          else worst += (e![i]! + g * (Math.abs(x![i]!) + e![i]!)) / size
        }
      }
      bound[output] = worst
    })
    // The mask of MAX is a position, exact or wrong: a bound says nothing about it.
    return call.tops.map((_, i) => (i === 0 ? bound : new Float64Array(bound.length)))
  },
})
