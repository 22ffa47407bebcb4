import { PrelabError } from "../error.js"
import { count, formatShape, type Layer, type Message, type Shape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { type Call, defineLayer } from "./layer-type.js"
import { largest, largestDiff, type PlaneWindows } from "./max-pooling.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { booleanOf, enumOf, section } from "./param.js"
import { eachPart, rounded } from "./parts.js"
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
 * Window edges along one axis for output `o`: `[from, to)` clipped to the image, `size` clipped to the padded
 * image only, which is what AVE divides by (pooling_layer.cpp).
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

function planeWindows(call: Call<PoolingParams>): PlaneWindows {
  const [, , height, width] = call.bottoms[0] as [number, number, number, number]
  return { height, width, ...edgesOf(call) }
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
    checkStopNowAndThen(height * width)
    for (const down of vertical)
      for (const across of horizontal) visit(output++, i * height * width, down, across)
  }
}

/**
 * Where every window's largest value is, the first of equals; -1 where none is above the least number.
 * `inPlane`: counted from its plane.
 */
function maxima(call: Call<PoolingParams>, x: Float32Array) {
  const [n, c, height, width] = call.bottoms[0] as [number, number, number, number]
  const { vertical, horizontal } = edgesOf(call)
  const size = vertical.length * horizontal.length
  const places = new Int32Array(n * c * size)
  let output = 0
  for (let plane = 0; plane < x.length; plane += height * width) {
    checkStopNowAndThen(height * width)
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

/** Values of a window that a kernel's text names one by one. */
const MAX_WRITTEN = 32

/**
 * Pooling, MAX or AVE, over height and width: pooling_layer.cpp. The output size rounds up unless round_mode
 * says FLOOR; with padding a last window that would start beyond the image is dropped. A second top of MAX
 * holds the flat index of the maximum.
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
    const pooled = call.params.pool === "MAX" && call.tops.length === 1 && largest(x!, planeWindows(call))
    if (pooled) return [pooled]
    if (call.params.pool === "MAX") {
      const { places, inPlane } = maxima(call, x!)
      const y = new Float32Array(places.length)
      eachPart(y.length, (from, to) => {
        for (let i = from; i < to; i++) y[i] = places[i]! < 0 ? LEAST : x![places[i]!]!
      })
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
    const pooled = call.params.pool === "MAX" && largestDiff(x!, diff!, planeWindows(call))
    if (pooled) return { bottomDiffs: [pooled] }
    const width = call.bottoms[0]![3]!
    const dx = new Float64Array(x!.length)
    if (call.params.pool === "MAX") {
      const { places } = maxima(call, x!)
      // A window without a value above the least number took from nowhere.
      eachPart(places.length, (from, to) => {
        for (let i = from; i < to; i++) if (places[i]! >= 0) dx[places[i]!]! += diff![i]!
      })
    } else {
      eachWindow(call, (output, plane, rows, columns) => {
        const share = diff![output]! / (rows.size * columns.size)
        for (let h = rows.from; h < rows.to; h++)
          for (let w = columns.from; w < columns.to; w++) dx[plane + h * width + w]! += share
      })
    }
    return { bottomDiffs: [rounded(dx)] }
  },

  onnx(call, onnx, [x]) {
    const max = call.params.pool === "MAX"
    const [, , height, width] = call.bottoms[0] as [number, number, number, number]
    const { kernel, stride, pad } = windowsOf(call)
    const top = call.tops[0]!
    // Without padding Caffe may start a last window beyond the image: ONNX has none there.
    const kept = top.map((n, i) =>
      i > 1 && (n - 1) * stride[i - 2]! >= call.bottoms[0]![i]! + pad[i - 2]! ? n - 1 : n,
    )
    // Padding at the end that gives the output size which Caffe rounds to: the explicit form of its rule.
    const end = kernel.map((extent, i) =>
      Math.max(0, (kept[2 + i]! - 1) * stride[i]! - pad[i]! + extent - call.bottoms[0]![2 + i]!),
    )
    const attributes = { kernel_shape: kernel, strides: stride, pads: [...pad, ...end] }
    if (!max) {
      const mean = onnx.add("AveragePool", [x], { ...attributes, count_include_pad: 1 })
      const all = extendNodes(onnx, mean, kept, top, 0)
      const share = sharesOf(call)
      return [share ? onnx.add("Mul", [all, onnx.floats("share", share, [1, 1, ...top.slice(2)])]) : all]
    }
    const [best, places] = onnx.addMany("MaxPool", [x], call.tops.length, attributes)
    const all = extendNodes(onnx, best!, kept, top, LEAST)
    if (!places) return [all]
    // ONNX counts places through the whole blob, Caffe through one plane.
    const place = onnx.add("Mod", [places, onnx.ints("plane", height * width)])
    return [all, extendNodes(onnx, onnx.add("Cast", [place], { to: 1 }), kept, top, -1)]
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
    const inside = (name: string, from: number, last: number, extent: number) => [
      ...(from < 0 ? [`${name} >= ${-from}`] : []),
      ...(last + from >= extent ? [`${name} < ${extent - from}`] : []),
    ]
    return call.tops.map((_, top) => {
      // A second top asks where the maximum is.
      const take = (at: string) =>
        !max
          ? "best += v;"
          : top > 0
            ? `if (v > best) { best = v; at = ${at}; }`
            : "best = v > best ? v : best;"
      return {
        output: [columns, rows, n * c],
        args: { bottom: { bottom: 0 }, ...(max || whole ? {} : { sizes: { data: sizes } }) },
        body: `
          index h = y * ${stride[0]};
          index w = x * ${stride[1]};
          index corner = z * ${height * width} + h * ${width} + w;
          let best = ${max ? LEAST : "0"};
          ${top > 0 ? "let at = -1;" : ""}
          ${kh * kw <= MAX_WRITTEN ? written(take) : looped(take)}
          return ${top > 0 ? "at" : max ? "best" : `best / ${whole ? kh * kw : `sizes[y * ${columns} + x]`}`};`,
        top,
      }
    })

    /** The window's values one by one, tested only for the borders that some window crosses there. */
    function written(take: (at: string) => string): string {
      const taps = Array.from({ length: kh * kw }, (_, t) => [
        Math.floor(t / kw) - pad[0]!,
        (t % kw) - pad[1]!,
      ])
      return taps
        .map(([i, j]) => {
          const tests = [
            ...inside("h", i!, (rows - 1) * stride[0]!, height),
            ...inside("w", j!, (columns - 1) * stride[1]!, width),
          ]
          const at = i! * width + j!
          const taken = `{ const v = bottom[corner + ${at}]; ${take(`h * ${width} + w + ${at}`)} }`
          return tests.length > 0 ? `if (${tests.join(" && ")}) ${taken}` : taken
        })
        .join("\n")
    }

    function looped(take: (at: string) => string): string {
      return `
        for (let i = 0; i < ${kh}; i++) {
          index row = h + i - ${pad[0]};
          for (let j = 0; j < ${kw}; j++) {
            index column = w + j - ${pad[1]};
            ${whole ? "" : `if (row >= 0 && row < ${height} && column >= 0 && column < ${width})`} {
              const v = bottom[z * ${height * width} + row * ${width} + column];
              ${take(`row * ${width} + column`)}
            }
          }
        }`
    }
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

/** A pooled image and behind it, where Caffe has windows that hold nothing, what it makes of them. */
function extendNodes(onnx: OnnxNodes, pooled: OnnxValue, from: Shape, to: Shape, empty: number): OnnxValue {
  return [2, 3].reduce((value, axis) => {
    if (from[axis] === to[axis]) return value
    const missing = to.map((n, i) => (i === axis ? n - from[i]! : i < axis ? n : from[i]!))
    return onnx.add("Concat", [value, onnx.filled(empty, missing)], { axis })
  }, pooled)
}

/**
 * What AVE's windows must be multiplied by where ONNX has divided by the whole kernel: Caffe divides by the
 * part of it inside the padded image. Undefined where that is the whole kernel everywhere.
 */
function sharesOf(call: Call<PoolingParams>): Float32Array | undefined {
  const { kernel, stride, pad } = windowsOf(call)
  const [rows, columns] = kernel.map((extent, i) =>
    Array.from(
      { length: call.tops[0]![2 + i]! },
      (_, o) => windowEdges(o, call.bottoms[0]![2 + i]!, extent, stride[i]!, pad[i]!).size,
    ),
  ) as [number[], number[]]
  const whole = count(kernel)
  const shares = Float32Array.from(rows.flatMap((row) => columns.map((column) => whole / (row * column))))
  return shares.every((share) => share === 1) ? undefined : shares
}
