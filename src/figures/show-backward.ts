import type { Backward } from "../engines/index.js"
import { formatShape, type Shape } from "../net/index.js"
import { html } from "./html.js"
import { formatNumber } from "./numbers.js"
import type { Shown } from "./shown.js"
import { notes, table } from "./table.js"

const columns = [
  { head: "gradient of" },
  { head: "shape" },
  { head: "norm", numeric: true },
  { head: "largest", numeric: true },
  { head: "zeros", numeric: true },
]

/**
 * The loss of a pass, and how large the gradients are: those that vanish or explode, and what nothing
 * reaches.
 */
export function showBackward(backward: Backward): Shown {
  const { loss, losses, gradients, inputDiffs } = backward
  const computed = gradients.filter((gradient) => gradient.computed)
  const rows = [
    ...computed.map(({ layer, index, shape, data }) => [`${layer} ${index}`, ...sizes(shape, data)]),
    ...Object.entries(inputDiffs).map(([name, { shape, data }]) => [`input ${name}`, ...sizes(shape, data)]),
  ]
  const parts = Object.entries(losses)
  const caption = html`Backward: loss <strong>${formatNumber(loss)}</strong>${parts.length > 1 ? ` (${parts.map(([name, value]) => `${name} ${formatNumber(value)}`).join(", ")})` : undefined}`
  const without = gradients.filter((gradient) => !gradient.computed)
  const still = without.map(({ layer, index }) => `${layer} ${index}`)
  return {
    html: html`${table({ caption, columns, rows })}${notes("Without a gradient", still)}`,
    text: String(backward),
  }
}

function sizes(shape: Shape, data: Float32Array): string[] {
  let [squares, largest, zeros] = [0, 0, 0]
  for (const d of data) {
    squares += d * d
    largest = Math.max(largest, Math.abs(d))
    if (d === 0) zeros++
  }
  const share = `${((100 * zeros) / data.length).toFixed(0)} %`
  return [formatShape(shape), formatNumber(Math.sqrt(squares)), formatNumber(largest), share]
}
