import { evaluate } from "../equivalence/evaluate.js"
import { probesFor } from "../equivalence/probes.js"
import { PrelabError } from "../error.js"
import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { Widget } from "../kernel/widget.js"
import { callsOf, type NetCalls } from "../layers/index.js"
import { type Blob, count, type Net, nearest } from "../net/index.js"
import { foldBatchNorm } from "../transforms/index.js"
import { type ChannelNet, channelNet } from "./channel-net.js"
import { type ChannelProbe, foldChannel } from "./fold-channel.js"
import { type FoldSite, foldSitesOf } from "./fold-sites.js"
import type { FoldMistake, FoldResult, FoldSiteState, FoldStepperState } from "./fold-stepper-state.js"
import { frontEnd } from "./front-end.js"
import { LatestWish } from "./latest-wish.js"
import { itemOf } from "./replay.js"
import { defineWidget } from "./toolkit/index.js"

export interface FoldStepperOptions {
  /** The convolution, inner product or batch norm to begin with, by name; the first one unless told. */
  readonly layer?: string
  /** Its output channel; 0 unless told. */
  readonly channel?: number
  /** Data of the net's input, float32 in C order: one more probe, its first item. */
  readonly input?: Blob
}

/** Seed of the probes: the same numbers for everybody. */
const seed = 1

/** A widget that folds one channel of a convolution step by step, with the mistakes that scripts make as switches. */
export class FoldStepper implements Displayable {
  readonly widget: Widget<FoldStepperState>
  readonly #net: Net
  readonly #calls: NetCalls
  readonly #sites: readonly FoldSite[]
  readonly #input: Blob | undefined
  /** What the net's own input makes of a place's bottom. */
  readonly #bottoms = new Map<FoldSite, Float32Array>()
  readonly #wish = new LatestWish(async () => {
    if (!this.widget.closed) this.widget.set("result", this.#fold())
  })

  constructor(net: Net, { layer, channel = 0, input }: FoldStepperOptions = {}) {
    this.#net = net
    this.#input = input && itemOf(input, 0)
    this.#calls = callsOf(net, this.#input ? { [inputOf(net)]: this.#input.shape } : {})
    const { sites, others } = foldSitesOf(this.#calls)
    if (sites.length === 0)
      throw new PrelabError("no batch norm to fold", net.name || "(unnamed)", hintOf(others))
    this.#sites = sites
    const site = layer === undefined ? 0 : siteOf(sites, layer)
    if (!(Number.isInteger(channel) && channel >= 0 && channel < sites[site]!.channels))
      throw new PrelabError(
        "no such channel",
        `${channel} of ${sites[site]!.channels} in ${sites[site]!.target.name}`,
      )
    const kind = defineWidget<FoldStepperState>({
      ...frontEnd("fold-stepper"),
      id: "prelab.FoldStepper",
      state: {
        net: net.name,
        sites: sites.map(describeSite),
        others,
        probes: [...(input ? ["yours"] : []), ...probesFor({}, false, seed).map(({ name }) => name)],
        site,
        channel,
        probe: 0,
        eps: null,
        mistakes: [],
        step: 0,
        revision: 0,
        result: null,
      },
    })
    this.widget = kind()
    // A wish for what is there already changes its number alone, and is answered too.
    for (const name of ["site", "channel", "probe", "eps", "mistakes", "revision"])
      this.widget.on(`change:${name}`, () => this.#wish.ask())
    this.#wish.ask()
  }

  /** Resolves when what is shown belongs to what was asked for last. */
  settled(): Promise<void> {
    return this.#wish.settled()
  }

  close(): void {
    this.widget.close()
  }

  toString(): string {
    const result = this.widget.get("result")
    const { target } = this.#sites[this.widget.get("site")]!
    const places = `Fold stepper of ${this.#net.name}: ${this.#sites.length} ${this.#sites.length === 1 ? "place" : "places"}`
    if (!result) return `${places}, ${target.name} first`
    return `${places}; ${target.name} channel ${result.channel}: alpha ${short(result.alpha)}, ${verdictOf(result)}`
  }

  /** The live view; where there is none, the fold's report as it is shown without a kernel. */
  async [displaySymbol]() {
    // What a notebook stores of the widget holds the first result.
    await this.settled()
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const { "text/html": html, "image/png": png } = await mimeBundle(foldBatchNorm(this.#net).report)
    return { ...view, "text/html": html, ...(png ? { "image/png": png } : {}), "text/plain": String(this) }
  }

  #fold(): FoldResult {
    const get = this.widget.get.bind(this.widget)
    const [revision, at, wanted] = [get("revision"), get("site"), get("channel")]
    const site = this.#sites[at]
    if (!site) throw new PrelabError("no such place", at)
    const channel = Math.min(site.channels - 1, Math.max(0, Math.trunc(wanted) || 0))
    // Another place may have fewer channels: the page learns which one it looks at.
    this.widget.set("channel", channel)
    const one = channelNet(site, channel, this.#net.state)
    const wish = { eps: get("eps"), mistakes: get("mistakes"), probe: get("probe") }
    return { revision, site: at, channel, ...foldChannel(one, this.#probesFor(site, one), wish) }
  }

  #probesFor(site: FoldSite, one: ChannelNet): ChannelProbe[] {
    const drawn = probesFor({ data: one.bottom }, false, seed).map(({ name, inputs }) => ({
      name,
      data: inputs.data!.data,
    }))
    return this.#input ? [{ name: "yours", data: this.#middleOf(site, one) }, ...drawn] : drawn
  }

  /** What the net makes of the reader's input where this place reads it, cut as the channel's net is. */
  #middleOf(site: FoldSite, { bottom, firstInput }: ChannelNet): Float32Array {
    const [value] = site.target.bottoms as [(typeof site.target.bottoms)[0]]
    const layers = this.#net.layers
      .slice(0, this.#net.indexOf(site.target))
      .filter(({ type }) => type !== "Input")
    const given = new Map([[this.#net.inputs[0]!, this.#input!.data]])
    const all =
      this.#bottoms.get(site) ?? given.get(value) ?? evaluate(this.#calls, layers, given, [value]).get(value)!
    this.#bottoms.set(site, all)
    if (site.target.type === "InnerProduct") return all.slice(0, count(bottom))
    const whole = site.bottom.slice(2)
    const from = whole.map((extent, i) => Math.floor((extent - bottom[i + 2]!) / 2))
    return Float32Array.from({ length: count(bottom) }, (_, i) => {
      let [rest, index, step] = [i, 0, 1]
      for (let axis = whole.length - 1; axis >= 0; axis--) {
        index += ((rest % bottom[axis + 2]!) + from[axis]!) * step
        rest = Math.floor(rest / bottom[axis + 2]!)
        step *= whole[axis]!
      }
      return all[(firstInput + rest) * step + index]!
    })
  }
}

/**
 * Steps through the fold of a BatchNorm and Scale into the layer before, one output channel at a time: statistics, moving-average factor, alpha,
 * weights, bias, and the outputs of both against the bound of their rounding. Another eps and the classical mistakes are switches. All numbers are
 * `foldBatchNorm`'s and the comparison's own.
 *
 * ```ts
 * const net = await loadNet("det1.prototxt", "det1.caffemodel")
 * foldStepper(net, { layer: "conv1" })
 * ```
 *
 * The formula: W' = W g / sqrt(v / n + eps), b' = (b - m / n) g / sqrt(v / n + eps) + beta, with m, v, n the blobs of BatchNorm
 * (batch_norm_layer.cpp), g and beta those of Scale (scale_layer.cpp).
 *
 * @throws PrelabError when no BatchNorm of the net folds into the layer before it, or there is no such layer or channel
 */
export function foldStepper(net: Net, options: FoldStepperOptions = {}): FoldStepper {
  return new FoldStepper(net, options)
}

function describeSite({ target, norm, scale, channels, eps }: FoldSite): FoldSiteState {
  const isThere = (blob: Blob | undefined) => blob?.data.some((value) => value !== 0) ?? false
  const mistakes: FoldMistake[] = [
    ...(norm.blobs[2]!.data[0] === 1 ? [] : ["factor ignored" as const]),
    ...(isThere(target.blobs[1]) ? ["own bias lost" as const] : []),
    ...(isThere(scale?.blobs[1]) ? ["beta lost" as const] : []),
  ]
  return {
    layer: target.name,
    type: target.type,
    norm: norm.name,
    scale: scale?.name ?? null,
    channels,
    eps,
    mistakes,
  }
}

function siteOf(sites: readonly FoldSite[], layer: string): number {
  const named = ({ target, norm, scale }: FoldSite) =>
    [target, norm, ...(scale ? [scale] : [])].map(({ name }) => name)
  const found = sites.findIndex((site) => named(site).includes(layer))
  if (found >= 0) return found
  const hint = nearest(layer, sites.flatMap(named))
  throw new PrelabError("no batch norm to fold there", layer, hint ? { hint: `did you mean "${hint}"?` } : {})
}

function hintOf(others: readonly string[]): { hint: string } | object {
  return others.length > 0 ? { hint: others[0]! } : {}
}

/** @throws PrelabError when the net does not have one input */
function inputOf({ inputs }: Net): string {
  if (inputs.length !== 1) throw new PrelabError("net needs one input", inputs.length)
  return inputs[0]!.blob
}

/** "within its bound on 9 probes" */
function verdictOf({ refused, probes }: FoldResult): string {
  if (refused) return refused
  const bad = probes.filter(({ ratio }) => ratio > 1)
  if (bad.length === 0) return `within the bound on all ${probes.length} probes`
  return `beyond the bound on ${bad.length} of ${probes.length} probes, by ${short(Math.max(...bad.map(({ ratio }) => ratio)))} times`
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)))
}
