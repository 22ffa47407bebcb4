import { PrelabError } from "../error.js"
import type { Layer, Message, Net } from "../net/index.js"
import { type SlopeStatistics, slopeStatistics } from "./slope-statistics.js"
import { slopeWarnings } from "./slope-warnings.js"

/** One PReLU layer's slopes and what they say. */
export interface LayerSlopes extends SlopeStatistics {
  readonly layer: string
  /** One slope for all channels (`channel_shared`). */
  readonly shared: boolean
  /** In channel order; a single one when shared. */
  readonly slopes: readonly number[]
  readonly warnings: readonly string[]
}

/** The slopes of every PReLU layer of a net, in running order. */
export class SlopeReport {
  readonly net: string
  readonly layers: readonly LayerSlopes[]

  constructor(net: string, layers: readonly LayerSlopes[]) {
    this.net = net
    this.layers = layers
  }

  /** One line, as text output shows it. */
  toString(): string {
    const name = this.net || "(unnamed)"
    if (this.layers.length === 0) return `Slopes of ${name}: no PReLU layers`
    const all = slopeStatistics(this.layers.flatMap(({ slopes }) => slopes))
    const notable = [
      ...(all.negative > 0 ? [`${all.negative} negative`] : []),
      ...(all.aboveOne > 0 ? [`${all.aboveOne} above 1`] : []),
      ...(all.dead > 0 ? [`${all.dead} zero`] : []),
      ...(all.notFinite > 0 ? [`${all.notFinite} not finite`] : []),
    ]
    const layers = `${this.layers.length} PReLU ${this.layers.length === 1 ? "layer" : "layers"}`
    const range = `${all.min.toFixed(3)} to ${all.max.toFixed(3)}, mean ${all.mean.toFixed(3)}`
    return `Slopes of ${name}: ${layers}, ${all.channels} slopes from ${range}${notable.map((n) => `, ${n}`).join("")}`
  }

  /** Plain data; `{ layers: [{ layer, shared, slopes, … }] }`. */
  toJSON(): { net: string; layers: readonly LayerSlopes[] } {
    return { net: this.net, layers: this.layers }
  }
}

/**
 * Reads the learned slopes of every PReLU layer, per channel, with their statistics and warnings. PReLU
 * computes y = max(x, 0) + a min(x, 0) with one slope a for each channel (axis 1) or one for all: He et al.
 * 2015, equation 1.
 *
 * @throws PrelabError when a PReLU layer has no weights
 */
export function preluSlopes(net: Net): SlopeReport {
  return new SlopeReport(net.name, net.layers.filter((layer) => layer.type === "PReLU").map(slopesOf))
}

function slopesOf(layer: Layer): LayerSlopes {
  const blob = layer.blobs[0]
  if (blob === undefined) {
    throw new PrelabError("no weights loaded", `layer ${layer.name}`, {
      hint: "load the net with its caffemodel",
    })
  }
  const slopes = Array.from(blob.data)
  const statistics = slopeStatistics(slopes)
  return {
    layer: layer.name,
    shared: isShared(layer),
    slopes,
    ...statistics,
    warnings: slopeWarnings(slopes, statistics),
  }
}

/** Stated in the prototxt, or told by the blob: Caffe stores a shared slope with no axes. */
function isShared(layer: Layer): boolean {
  const param = layer.message.prelu_param as Message | undefined
  return param?.channel_shared === true || layer.blobs[0]?.shape.length === 0
}
