import { h, s, scale, setAll } from "../shared/dom.js"
import { line, text } from "../shared/marks.js"
import { format, meanOf } from "../shared/numbers.js"

export interface ResponsePlotState {
  readonly slope: number
  readonly original: number
  /** What enters this channel, where the kernel has computed it. */
  readonly activations: Float32Array | undefined
  readonly total: number
}

const size = { width: 340, height: 270, left: 36, right: 8, top: 8, curve: 140, gap: 26, hist: 44 }
const bins = 41

/** One channel's PReLU: y over x, and below it how its inputs are spread before (up) and after (down). */
export function responsePlot() {
  const svg = s("svg", { class: "response", role: "img", viewBox: `0 0 ${size.width} ${size.height}` })
  const caption = h("p", { class: "caption" })
  return {
    element: h("figure", {}, svg, caption),
    update({ slope, original, activations, total }: ResponsePlotState) {
      const before = activations ?? new Float32Array(0)
      const after = before.map((x) => respond(x, slope))
      const reach = Math.max(0, ...[...before, ...after].filter(Number.isFinite).map(Math.abs)) || 1
      const x = scale([-reach, reach], [size.left, size.width - size.right])
      const y = scale(
        [Math.min(0, respond(-reach, slope), respond(-reach, original)), reach],
        [size.top + size.curve, size.top],
      )
      svg.replaceChildren(
        ...curve(x.to, y.to, reach, slope, original),
        ...(before.length > 0 ? spread(x.to, reach, before, after) : []),
      )
      const words = sentence(slope, before, after, total)
      caption.textContent = words
      setAll(svg, { "aria-label": words })
    },
  }
}

/** max(x, 0) + a min(x, 0). */
function respond(x: number, slope: number): number {
  return Math.max(x, 0) + slope * Math.min(x, 0)
}

type Place = (value: number) => number

function curve(x: Place, y: Place, reach: number, slope: number, original: number): SVGElement[] {
  const points = (a: number) =>
    `${x(-reach)},${y(respond(-reach, a))} ${x(0)},${y(0)} ${x(reach)},${y(reach)}`
  const [right, bottom] = [size.width - size.right, size.top + size.curve]
  return [
    line("zero", size.left, y(0), right, y(0)),
    line("zero", x(0), size.top, x(0), bottom),
    ...(slope === original ? [] : [s("polyline", { class: "was", points: points(original) })]),
    s("polyline", { class: "curve", points: points(slope) }),
    text(format(reach), size.left - 4, y(reach) + 9, "end"),
    text("0", size.left - 4, y(0) + 4, "end"),
    text(format(-reach), size.left, bottom + 14),
    text("0", x(0), bottom + 14, "middle"),
    text(format(reach), right, bottom + 14, "end"),
  ]
}

function spread(x: Place, reach: number, before: Float32Array, after: Float32Array): SVGElement[] {
  const middle = size.top + size.curve + size.gap + size.hist
  const [up, down] = [counts(before, reach), counts(after, reach)]
  // The bin that a ReLU fills would flatten all others: heights go with the square root.
  const unit = size.hist / Math.sqrt(Math.max(...up, ...down))
  const bar = (n: number, bin: number, kind: string, above: boolean) => {
    const tall = Math.sqrt(n) * unit
    const at = x(-reach + (2 * reach * bin) / bins)
    const width = x(-reach + (2 * reach * (bin + 1)) / bins) - at - 0.8
    return s("rect", { class: kind, x: at, y: above ? middle - tall : middle, width, height: tall })
  }
  return [
    ...up.map((n, bin) => bar(n, bin, bin < (bins - 1) / 2 ? "before below" : "before", true)),
    ...down.map((n, bin) => bar(n, bin, "after", false)),
    line("zero", size.left, middle, size.width - size.right, middle),
    text("before", size.left, middle - size.hist + 8),
    text("after", size.left, middle + size.hist),
  ]
}

function counts(values: Float32Array, reach: number): number[] {
  const found = new Array<number>(bins).fill(0)
  for (const value of values) {
    const bin = Math.floor(((value + reach) / (2 * reach)) * bins)
    if (Number.isFinite(bin)) found[Math.min(bins - 1, Math.max(0, bin))]!++
  }
  return found
}

function sentence(slope: number, before: Float32Array, after: Float32Array, total: number): string {
  const law = `y = max(x, 0) ${slope < 0 ? "−" : "+"} ${format(Math.abs(slope))} min(x, 0)`
  if (before.length === 0) return law
  const below = before.filter((x) => x < 0).length / before.length
  return `${law}. ${total.toLocaleString("en-US")} inputs, ${Math.round(100 * below)} % below 0; mean ${format(meanOf(before))} before, ${format(meanOf(after))} after.`
}
