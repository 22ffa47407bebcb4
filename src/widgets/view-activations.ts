import { type EngineChoice, forward } from "../engines/index.js"
import { PrelabError } from "../error.js"
import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { Widget } from "../kernel/widget.js"
import { callsOf, type NetCalls } from "../layers/index.js"
import { type Blob, count, formatShape, type Net, type Shape } from "../net/index.js"
import { type ActivationState, groupOf } from "./activation-state.js"
import { blobOf, mapsPng, outputOf, padFor, sampleImage, type ViewedValue, viewsOf } from "./feature-maps.js"
import { frontEnd } from "./front-end.js"
import { LatestWish } from "./latest-wish.js"
import { itemOf, Replay } from "./replay.js"
import { defineWidget } from "./toolkit/index.js"

export interface ActivationViewerOptions {
  /**
   * Data of the net's input, float32 in C order, on the scale that the net expects; of a batch, one item at a time
   * runs. Without it there is a drawing pad, if the net reads small pictures of one channel.
   */
  readonly input?: Blob
  /** Which item of the batch runs first; 0 unless told. */
  readonly sample?: number
  /** The layer that is shown first, by name; the first convolution unless told. */
  readonly layer?: string
  /** `reference` unless told: it remembers, and after an edit runs only what the edit reaches. */
  readonly engine?: EngineChoice
}

const engines: readonly EngineChoice[] = ["reference", "onnx", "gpu", "browser", "auto"]

/** The data of every value that could be computed, and what computed them. */
interface Pass {
  readonly ran: string
  get(viewed: ViewedValue): Float32Array | undefined
}

/** A widget that shows what a net makes of an input, layer by layer; the input can be drawn. */
export class ActivationViewer implements Displayable {
  readonly widget: Widget<ActivationState>
  readonly #net: Net
  readonly #input: Blob | undefined
  readonly #viewed: readonly ViewedValue[]
  readonly #shape: Shape
  readonly #calls: NetCalls
  readonly #replay = new Replay()
  /** The input that the replay was fed. */
  #fed = ""
  readonly #wish = new LatestWish((stale) => this.#follow(stale))

  constructor(net: Net, { input, sample = 0, layer, engine = "reference" }: ActivationViewerOptions = {}) {
    this.#net = net
    this.#input = input
    this.#shape = inputShape(net, input, sample)
    this.#calls = callsOf(net, { [net.inputs[0]!.blob]: this.#shape })
    this.#viewed = viewsOf(net, this.#calls)
    checkRuns(net, this.#calls)
    if (!engines.includes(engine)) throw new PrelabError("unknown engine", engine)
    const pad = padFor(this.#shape, input)
    if (!(input || pad)) {
      throw new PrelabError("no input to show", formatShape(this.#shape), {
        hint: "give one: activationViewer(net, { input })",
      })
    }
    this.widget = defineWidget<ActivationState>({
      id: "prelab.ActivationViewer",
      ...frontEnd("activation-viewer"),
      state: {
        net: net.name,
        views: this.#viewed.map(({ view }) => view),
        view: this.#viewNamed(layer),
        map: 0,
        sample,
        samples: input ? input.shape[0]! : 0,
        pad,
        drawing: input ? "" : "00".repeat(count(this.#shape)),
        shared: false,
        engine,
        engines: [...engines],
        revision: 0,
        result: null,
        problem: null,
        image: input ? sampleImage(itemOf(input, sample), sample, pad) : null,
      },
    })()
    for (const name of ["view", "sample", "drawing", "engine", "revision"])
      this.widget.on(`change:${name}`, () => this.#wish.ask())
    this.widget.on("change:map", (map, before) => {
      const group = groupOf(this.widget.get("views")[this.widget.get("view")]!)
      if (Math.floor(Number(map) / group) !== Math.floor(Number(before) / group)) this.#wish.ask()
    })
    this.#wish.ask()
  }

  /** What runs: the chosen sample or the drawing, as a batch of one. */
  get input(): Blob {
    const drawing = this.widget.get("drawing")
    const pad = this.widget.get("pad")
    if (drawing !== "" && pad !== null) {
      const drawn = blobOf(pad, drawing)
      if (drawn) return drawn
      throw new PrelabError("drawing does not fill the pad", `${drawing.length / 2} bytes`)
    }
    const sample = this.widget.get("sample")
    if (!this.#input || !isSample(this.#input, sample)) throw new PrelabError("no such sample", sample)
    return itemOf(this.#input, sample)
  }

  /** Resolves when what is shown belongs to the last wish. */
  settled(): Promise<void> {
    return this.#wish.settled()
  }

  close(): void {
    this.widget.close()
  }

  toString(): string {
    const { layer, shape } = this.widget.get("views")[this.widget.get("view")]!
    const [output] = this.widget.get("result")?.outputs ?? []
    const largest = output?.classes ? `; ${output.name} is largest at ${output.largest}` : ""
    return `Activation viewer of ${this.#net.name || "(unnamed)"}: ${layer} ${shape}${largest}`
  }

  /** The live view; where there is none, the chosen layer's maps as a picture and the outputs as a table. */
  async [displaySymbol]() {
    await this.settled()
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const { "text/html": html } = await mimeBundle(
      await forward(this.#net, { [this.#net.inputs[0]!.blob]: this.input }),
    )
    const result = this.widget.get("result")
    const shown = result && this.widget.get("views")[result.view]!
    const png = result && shown && mapsPng(shown, result.values as Float32Array).toString("base64")
    return { ...view, "text/html": html, ...(png ? { "image/png": png } : {}), "text/plain": String(this) }
  }

  #viewNamed(layer: string | undefined): number {
    const found = this.#viewed.findIndex(({ view }) =>
      layer === undefined ? view.type === "Convolution" : view.layer === layer,
    )
    if (found < 0 && layer !== undefined) throw new PrelabError("no such layer", layer)
    return Math.max(0, found)
  }

  async #follow(stale: () => boolean): Promise<void> {
    const { widget } = this
    if (widget.closed) return
    const [revision, chosen] = [widget.get("revision"), widget.get("view")]
    const started = performance.now()
    try {
      const viewed = this.#viewed[chosen]
      if (!viewed) throw new PrelabError("no such view", chosen)
      const input = this.input
      this.#showSample(input)
      const pass = await this.#run(input, stale)
      if (pass === undefined || stale()) return
      const data = pass.get(viewed)
      if (!data) throw new PrelabError("layer did not run", viewed.view.layer)
      const { first, values } = partOf(viewed, data, widget.get("map"))
      const result = {
        revision,
        view: chosen,
        first,
        values,
        ran: pass.ran,
        milliseconds: performance.now() - started,
        outputs: this.#outputs(pass),
      }
      widget.update({ result, problem: null })
    } catch (error) {
      if (stale()) return
      widget.set("problem", { revision, message: error instanceof Error ? error.message : String(error) })
    }
  }

  #showSample(input: Blob): void {
    const { widget } = this
    const sample = widget.get("sample")
    if (widget.get("drawing") !== "" || widget.get("image")?.sample === sample) return
    widget.set("image", sampleImage(input, sample, widget.get("pad")))
  }

  /** @returns nothing where something else is wished by now */
  async #run(input: Blob, stale: () => boolean): Promise<Pass | undefined> {
    const engine = this.widget.get("engine") as EngineChoice
    const name = this.#net.inputs[0]!.blob
    if (engine !== "reference") {
      const pass = await forward(this.#net, { [name]: input }, { engine, all: true })
      const tops = new Map(pass.tops.map(({ index, top, blob }) => [`${index} ${top}`, blob.data]))
      return {
        ran: `${pass.engine} (${pass.backend})`,
        get: ({ index, value }) => tops.get(`${index} ${value.blob}`),
      }
    }
    const what = this.widget.get("drawing") || `sample ${this.widget.get("sample")}`
    if (this.#fed !== what) this.#replay.feed(this.#net, { [name]: input })
    this.#fed = what
    if (!(await this.#replay.run(this.#net, { [name]: this.#shape }, stale))) return undefined
    return { ran: "reference (typescript)", get: ({ value }) => this.#replay.get(value) }
  }

  #outputs(pass: Pass) {
    return this.#net.outputs.flatMap((value) => {
      const viewed = this.#viewed.find((each) => each.value === value)
      const data = viewed && pass.get(viewed)
      return data ? [outputOf(value.blob, this.#calls.shapes.get(value)!, data)] : []
    })
  }
}

/** The maps of one group, as a copy that later passes do not change. */
function partOf({ view }: ViewedValue, data: Float32Array, map: number) {
  const group = groupOf(view)
  const area = view.height * view.width
  const chosen = Math.min(view.maps - 1, Math.max(0, Math.floor(map) || 0))
  const first = Math.floor(chosen / group) * group
  return { first, values: data.slice(first * area, (first + group) * area) }
}

/**
 * Shows a net's activations layer by layer: every channel as a small picture, one of them enlarged with the value under
 * the pointer, and the net's outputs. The input is a sample of a batch, or what the reader draws: then all of it moves
 * along.
 *
 * ```ts
 * activationViewer(net, { input: digits, layer: "conv2" })
 * ```
 *
 * @param net with one input, [N, C, H, W]
 * @throws PrelabError when the net has not one input, the input does not fit, or there is nothing to show
 */
export function activationViewer(net: Net, options: ActivationViewerOptions = {}): ActivationViewer {
  return new ActivationViewer(net, options)
}

/** Layers further on may be unknown here; one that reads the input must run. */
function checkRuns(net: Net, { problems }: NetCalls): void {
  const readers = net.consumers(net.inputs[0]!)
  if (readers.length === 0) throw new PrelabError("net without layers", net.name || "(unnamed)")
  if (readers.every((layer) => problems.has(layer))) throw problems.get(readers[0]!)!
}

function isSample({ shape }: Blob, sample: number): boolean {
  return Number.isInteger(sample) && sample >= 0 && sample < shape[0]!
}

/** Of one sample. */
function inputShape(net: Net, input: Blob | undefined, sample: number): Shape {
  if (net.inputs.length !== 1) {
    throw new PrelabError("net needs one input", net.inputs.length, {
      hint: "tidy(net).net is a trained net without its labels",
    })
  }
  if (!input) {
    const shape = callsOf(net, {}).shapes.get(net.inputs[0]!)
    if (!shape) throw new PrelabError("input without a shape", net.inputs[0]!.blob)
    return [1, ...shape.slice(1)]
  }
  if (input.shape.length === 0 || input.data.length !== count(input.shape)) {
    const what = `${input.data.length} values for ${formatShape(input.shape)}`
    throw new PrelabError("data does not fill its shape", what)
  }
  if (!isSample(input, sample)) throw new PrelabError("no such sample", `${sample} of ${input.shape[0]}`)
  return [1, ...input.shape.slice(1)]
}
