import type { FoldProbe } from "../../src/widgets/fold-stepper-state.js"
import { h, s, scale, setAll } from "../shared/dom.js"
import { circle, line, text } from "../shared/marks.js"
import { format } from "../shared/numbers.js"

const row = 20
const left = 66
const right = 64
const top = 20

/** Every probe's difference as a part of its bound, on powers of ten: discs within, triangles beyond. */
export function probeRuler() {
  const svg = s("svg", { role: "img" })
  const element = h("figure", {}, svg)
  return {
    element,
    update(probes: readonly FoldProbe[], chosen: number) {
      const width = Math.max(260, element.clientWidth || 600)
      const farthest = Math.max(...probes.map(({ ratio }) => (Number.isFinite(ratio) ? ratio : 0)), 10)
      const [low, high] = [-4, Math.min(12, Math.ceil(Math.log10(farthest)))]
      const x = scale([low, high], [left, width - right])
      const place = (ratio: number) => x.to(Math.min(high, Math.max(low, Math.log10(ratio))))
      const height = top + probes.length * row
      setAll(svg, { width, height: height + 4, "aria-label": sentence(probes) })
      svg.replaceChildren(
        s("rect", { class: "within", x: left, y: top - 4, width: x.to(0) - left, height: height - top + 4 }),
        line("limit", x.to(0), top - 4, x.to(0), height),
        text("the bound", x.to(0), 12, "middle"),
        text("log scale", left - 8, 12, "end"),
        ...probes.flatMap(({ name, ratio }, i) => {
          const y = top + i * row + 10
          const kind = ratio > 1 ? "beyond" : "inside"
          const at = place(ratio)
          return [
            text(name, left - 8, y + 4, "end", i === chosen ? "tick chosen" : "tick"),
            line(`bar ${kind}`, left, y, at, y),
            ratio > 1
              ? s("path", { class: kind, d: `M${at - 6} ${y + 5}h12l-6-11z` })
              : circle(kind, at, y, 4.5),
            text(`${times(ratio)} ×`, width - right + 10, y + 4),
          ]
        }),
      )
    },
  }
}

/** Two digits, and powers of ten where they are many. */
export function times(ratio: number): string {
  return ratio < 1e4 ? format(Number(ratio.toPrecision(2))) : ratio.toExponential(1)
}

function sentence(probes: readonly FoldProbe[]): string {
  return `Largest difference as a part of its bound: ${probes.map(({ name, ratio }) => `${name} ${times(ratio)}`).join(", ")}.`
}
