import { PrelabError } from "../error.js"
import { learnedSlopes, preluSlopes } from "../inspect/index.js"
import { createWidget } from "../kernel/create-widget.js"
import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { Widget } from "../kernel/widget.js"
import { callsOf } from "../layers/index.js"
import { type Blob, count, formatShape, type Layer, type Net } from "../net/index.js"
import { activationsOf, describeOutput, pictureOf } from "./describe-output.js"
import type { ExplorerOutput, ExplorerResult, ExplorerState, Paper } from "./explorer-state.js"
import { frontEnd } from "./front-end.js"
import { LatestWish } from "./latest-wish.js"
import { itemOf, Replay } from "./replay.js"

export interface SlopeExplorerOptions {
  /**
   * Data of the net's input, float32 in C order; of a batch, one item at a time runs. Without it only slopes
   * are shown.
   */
  readonly input?: Blob
  /** Which item of the batch runs first; 0 unless told. */
  readonly sample?: number
}

const heEtAl: Paper = {
  name: "He et al. 2015",
  title: "He et al. 2015, Delving deep into rectifiers, Table 1",
  words:
    "Average slopes that a 14-layer net learned on ImageNet: the first layer keeps both signs, deeper layers become more nonlinear.",
  rows: learnedSlopes.map((row) => ({ ...row })),
}

/** A widget that shows a net's slopes, and what the net makes of a sample when they change. */
export class SlopeExplorer implements Displayable {
  readonly widget: Widget<ExplorerState>
  readonly #original: Net
  readonly #prelus: readonly Layer[]
  readonly #input: Blob | undefined
  readonly #replay = new Replay()
  #edited: Net
  /** The item that the replay was fed, and the outputs with the slopes that the net came with. */
  #fed: { readonly sample: number; readonly before: ReadonlyMap<string, Float32Array> } | undefined
  readonly #wish = new LatestWish((stale) => this.#recompute(stale))

  constructor(net: Net, { input, sample = 0 }: SlopeExplorerOptions = {}) {
    this.#original = net
    this.#edited = net
    this.#prelus = net.layers.filter(({ type }) => type === "PReLU")
    const { layers } = preluSlopes(net)
    if (layers.length === 0) throw new PrelabError("no PReLU layers", net.name || "(unnamed)")
    if (input) checkInput(net, input, sample)
    this.#input = input
    this.widget = createWidget<ExplorerState>({
      ...frontEnd("slope-explorer"),
      id: "prelab.SlopeExplorer",
      state: {
        net: net.name,
        layers: layers.map(({ layer, shared, slopes }) => ({ name: layer, shared, original: [...slopes] })),
        paper: heEtAl,
        slopes: layers.map(({ slopes }) => [...slopes]),
        layer: 0,
        channel: 0,
        sort: "channel",
        filter: "all",
        sample,
        samples: input ? input.shape[0]! : 0,
        revision: 0,
        result: null,
        image: input ? pictureOf(itemOf(input, sample)) : null,
      },
    })
    for (const name of ["slopes", "layer", "channel", "sample", "revision"])
      this.widget.on(`change:${name}`, () => this.#wish.ask())
    this.#wish.ask()
  }

  /** The net with the slopes as they are now; the one that was given stays as it is. */
  get net(): Net {
    const slopes = this.widget.get("slopes")
    const edited = new Map(this.#prelus.map((layer, i) => [layer.name, this.#with(layer, slopes[i])]))
    // Layers that have not changed stay the same objects: they need not run again.
    const layers = this.#edited.layers.map((current) => {
      const next = edited.get(current.name)
      return next === undefined || sameSlopes(current, next) ? current : next
    })
    if (layers.some((layer, i) => layer !== this.#edited.layers[i])) this.#edited = this.#edited.with(layers)
    return this.#edited
  }

  /** Puts all slopes back. */
  reset(): void {
    this.widget.set(
      "slopes",
      this.widget.get("layers").map(({ original }) => [...original]),
    )
  }

  /** Resolves when what is shown belongs to the slopes as they are now. */
  settled(): Promise<void> {
    return this.#wish.settled()
  }

  close(): void {
    this.widget.close()
  }

  toString(): string {
    return `Slope explorer. ${preluSlopes(this.net)}`
  }

  /** The live view; where there is none, the slopes as they are shown without a kernel. */
  async [displaySymbol]() {
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const { "text/html": html, "image/png": png } = await mimeBundle(preluSlopes(this.net))
    return { ...view, "text/html": html, ...(png ? { "image/png": png } : {}), "text/plain": String(this) }
  }

  #with(layer: Layer, slopes: readonly number[] | undefined): Layer {
    const [blob] = layer.blobs
    if (slopes?.length !== blob!.data.length || !slopes.every(Number.isFinite)) {
      throw new PrelabError("slopes not usable", `${JSON.stringify(slopes)} for ${layer.name}`)
    }
    return { ...layer, blobs: [{ shape: blob!.shape, data: Float32Array.from(slopes) }] }
  }

  async #recompute(stale: () => boolean): Promise<void> {
    const input = this.#input
    if (!input || this.widget.closed) return
    const { widget } = this
    const [revision, layer, channel, sample] = [
      widget.get("revision"),
      widget.get("layer"),
      widget.get("channel"),
      widget.get("sample"),
    ]
    const started = performance.now()
    const net = this.net
    const item = itemOf(input, sample)
    const shapes = { [net.inputs[0]!.blob]: item.shape }
    if (this.#fed?.sample !== sample) {
      // Until the new item has run, the replay holds neither.
      this.#fed = undefined
      this.#replay.feed(net, { [net.inputs[0]!.blob]: item })
      if (!(await this.#replay.run(this.#original, shapes, stale))) return
      this.#fed = { sample, before: this.#outputs() }
      widget.set("image", pictureOf(item))
    }
    if (!(await this.#replay.run(net, shapes, stale))) return
    const { activations, total } = this.#activations(layer, channel, shapes)
    const result: ExplorerResult = {
      revision,
      layer,
      channel,
      ran: "reference (typescript)",
      milliseconds: performance.now() - started,
      activations,
      total,
      outputs: this.#describeOutputs(this.#fed.before, shapes),
    }
    widget.set("result", result)
  }

  #outputs(): Map<string, Float32Array> {
    const found = this.#original.outputs.map((value) => [value.blob, this.#replay.get(value)] as const)
    return new Map(found.filter((pair): pair is [string, Float32Array] => pair[1] !== undefined))
  }

  #describeOutputs(
    before: ReadonlyMap<string, Float32Array>,
    shapes: Record<string, Blob["shape"]>,
  ): ExplorerOutput[] {
    const known = callsOf(this.#original, shapes).shapes
    const after = this.#outputs()
    return this.#original.outputs
      .filter(({ blob }) => before.has(blob) && after.has(blob))
      .map((value) =>
        describeOutput(value.blob, known.get(value)!, before.get(value.blob)!, after.get(value.blob)!),
      )
  }

  #activations(layer: number, channel: number, shapes: Record<string, Blob["shape"]>) {
    const prelu = this.#prelus[layer]
    if (prelu === undefined) throw new PrelabError("no such PReLU layer", layer)
    const bottom = prelu.bottoms[0]!
    const data = this.#replay.get(bottom)
    if (data === undefined) return { activations: new Float32Array(0), total: 0 }
    const shared = this.widget.get("layers")[layer]!.shared
    const { values, total } = activationsOf(
      callsOf(this.#original, shapes).shapes.get(bottom)!,
      data,
      shared ? undefined : channel,
    )
    return { activations: values, total }
  }
}

/**
 * Shows a net's PReLU slopes and lets the reader drag them: with an input, the net runs again from the
 * changed layer on, and its output moves along. `explorer.net` is the edited net.
 *
 * ```ts
 * const explorer = slopeExplorer(net, { input: digits })
 * explorer
 * ```
 *
 * @throws PrelabError when the net has no PReLU layer, or the input does not fit
 */
export function slopeExplorer(net: Net, options: SlopeExplorerOptions = {}): SlopeExplorer {
  return new SlopeExplorer(net, options)
}

function checkInput(net: Net, input: Blob, sample: number): void {
  if (net.inputs.length !== 1) throw new PrelabError("net needs one input", net.inputs.length)
  if (input.shape.length === 0 || input.data.length !== count(input.shape)) {
    throw new PrelabError(
      "data does not fill its shape",
      `${input.data.length} values for ${formatShape(input.shape)}`,
    )
  }
  if (!(Number.isInteger(sample) && sample >= 0 && sample < input.shape[0]!)) {
    throw new PrelabError("no such sample", `${sample} of ${input.shape[0]}`)
  }
  const problem = [
    ...callsOf(net, { [net.inputs[0]!.blob]: [1, ...input.shape.slice(1)] }).problems.values(),
  ][0]
  if (problem) throw problem
}

function sameSlopes(a: Layer, b: Layer): boolean {
  const [x, y] = [a.blobs[0]!.data, b.blobs[0]!.data]
  return x.every((slope, i) => Object.is(slope, y[i]))
}
