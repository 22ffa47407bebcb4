import type { LossCurve, SlopeSnapshot } from "../training/index.js"
import { roundFor } from "./numbers.js"
import type { Panel } from "./panels.js"
import { axis, colours, dashes, nth, symbols } from "./plotly.js"

/** Moments of a line, and channels that are drawn one by one, at most: a notebook stores every point as text. */
const most = { moments: 40, channels: 64 }

/**
 * Slopes while they trained: of every PReLU layer the mean, and behind it every channel as a thin line; where a layer has too many for
 * that, the range that they lie in.
 *
 * @param x the axis of iterations that the run's other panels have
 */
export function slopePanel(run: LossCurve, x: object): Panel {
  const moments = spread(run.slopes, most.moments)
  const layers = [...new Set(moments.flatMap(({ slopes }) => Object.keys(slopes)))]
  const data = layers.flatMap((layer, n) => {
    const lines = moments.filter(({ slopes }) => slopes[layer] !== undefined)
    const values = lines.map(({ slopes }) => slopes[layer]!)
    const at = lines.map(({ iteration }) => iteration)
    const colour = nth(colours, n + 1)
    const channels = values[0]!.length
    const behind = channels === 1 ? [] : channels <= most.channels ? [each(at, values)] : [range(at, values)]
    return [
      ...behind.map((trace) => ({
        type: "scatter",
        mode: "lines",
        name: `slopes of ${layer}`,
        legendgroup: layer,
        showlegend: false,
        hoverinfo: "skip",
        opacity: 0.3,
        line: { color: colour, width: 0.7 },
        ...trace,
      })),
      {
        type: "scatter",
        mode: "lines+markers",
        name: `mean slope of ${layer}`,
        legendgroup: layer,
        x: at,
        y: values.map((slopes) => roundFor(mean(slopes))),
        line: { color: colour, dash: nth(dashes, n + 1), width: 1.5 },
        marker: { color: colour, symbol: nth(symbols, n + 1), size: 6 },
      },
    ]
  })
  return { data, height: 190, x, y: axis("slope") }
}

/** All channels in one trace: a gap between one and the next. */
function each(at: readonly number[], values: readonly (readonly number[])[]): object {
  const channels = values[0]!.map((_, channel) => values.map((slopes) => roundFor(slopes[channel]!)))
  return { x: channels.flatMap(() => [...at, null]), y: channels.flatMap((line) => [...line, null]) }
}

/** From the largest of each moment forward and along the least back, filled. */
function range(at: readonly number[], values: readonly (readonly number[])[]): object {
  const largest = values.map((slopes) => roundFor(Math.max(...slopes)))
  const least = values.map((slopes) => roundFor(Math.min(...slopes)))
  return { x: [...at, ...at.toReversed()], y: [...largest, ...least.toReversed()], fill: "toself" }
}

/** Some of them from the first to the last. */
function spread(moments: readonly SlopeSnapshot[], limit: number): readonly SlopeSnapshot[] {
  if (moments.length <= limit) return moments
  return Array.from(
    { length: limit },
    (_, i) => moments[Math.round((i * (moments.length - 1)) / (limit - 1))]!,
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
