import { type Html, html } from "./html.js"
import { formatNumber } from "./numbers.js"

const [width, height] = [480, 120]

/** As many points as a line of this width can show. */
const points = 160

/**
 * A curve while it grows, on a log scale, as a small inline drawing: it is redrawn ten times a second, which a plotly figure would not
 * bear. Each point is the mean of a stretch of values.
 */
export function liveCurve(label: string, values: readonly number[]): Html {
  const shown = means(values).filter((value) => value > 0 && Number.isFinite(value))
  if (shown.length < 2) return html``
  const [least, largest] = [Math.min(...shown), Math.max(...shown)]
  const span = Math.log(largest / least) || 1
  const path = shown.map((value, i) => {
    const x = (i / (shown.length - 1)) * width
    const y = 4 + (height - 8) * (Math.log(largest / value) / span)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  const range = `${label} from ${formatNumber(values[0]!)}, between ${formatNumber(least)} and ${formatNumber(largest)}`
  return html`<div><svg role="img" aria-label="${range}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="max-width:100%;color:inherit"><polyline points="${path.join(" ")}" fill="none" stroke="currentColor" stroke-width="1.5"></polyline></svg><div style="font-size:smaller">${range} (log scale)</div></div>`
}

function means(values: readonly number[]): number[] {
  const n = Math.min(points, values.length)
  return Array.from({ length: n }, (_, i) => {
    const stretch = values.slice(
      Math.floor((i * values.length) / n),
      Math.floor(((i + 1) * values.length) / n),
    )
    return stretch.reduce((sum, value) => sum + value, 0) / stretch.length
  })
}
