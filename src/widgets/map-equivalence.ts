import { type AvailableEngine, availableEngines } from "../engines/index.js"
import { type CompareOptions, type Comparison, compareNets } from "../equivalence/index.js"
import { PrelabError } from "../error.js"
import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { Widget } from "../kernel/widget.js"
import type { Blob, Net } from "../net/index.js"
import { describeComparison, describePlace } from "./describe-comparison.js"
import type { EquivalenceMapState, MapCell } from "./equivalence-map-state.js"
import { frontEnd } from "./front-end.js"
import { LatestWish } from "./latest-wish.js"
import { defineWidget } from "./toolkit/index.js"

export interface EquivalenceMapOptions extends Pick<CompareOptions, "engine" | "backend" | "onProgress"> {
  /** The reader's own data for the net's input, float32 in C order: one more probe, and the shape of all others. */
  readonly input?: Blob
}

/** Messages about progress are this many milliseconds apart, at least. */
const pace = 100

/** What a comparison that nobody wants any more ends with. */
class Unwanted extends Error {}

/** A widget that shows a comparison layer by layer and channel by channel, and runs it again on other engines. */
export class EquivalenceMap implements Displayable {
  readonly widget: Widget<EquivalenceMapState>
  readonly #before: Net
  readonly #after: Net
  readonly #options: CompareOptions
  readonly #engines: readonly AvailableEngine[]
  /** The one that is shown. */
  #comparison: Comparison
  #stopped = 0
  readonly #wish = new LatestWish(() => this.#follow())

  constructor(before: Net, after: Net, options: CompareOptions, comparison: Comparison, seconds: number) {
    this.#before = before
    this.#after = after
    this.#options = options
    this.#comparison = comparison
    const { engine = options.backend ? "gpu" : "reference", backend } = options
    const first: AvailableEngine = { engine, ...(backend ? { backend } : {}) }
    const others = availableEngines().filter((each) => keyOf(each) !== keyOf(first))
    this.#engines = [first, ...others]
    const kind = defineWidget({
      id: "prelab.EquivalenceMap",
      ...frontEnd("equivalence-map"),
      state: {
        before: before.name || "(unnamed)",
        after: after.name || "(unnamed)",
        engines: this.#engines.map((each) => [keyOf(each), nameOf(each)]),
        engine: keyOf(first),
        revision: 0,
        settled: 0,
        progress: null,
        map: describeComparison(comparison, 0, seconds),
        failure: null,
        chosen: worstCell(comparison),
        place: null,
      } as EquivalenceMapState,
      commands: { stop: () => this.stop() },
    })
    this.widget = kind()
    this.widget.on("change:revision", () => this.#wish.ask())
    this.widget.on("change:chosen", () => this.#choose())
    this.#choose()
  }

  /** The comparison that is shown. */
  get comparison(): Comparison {
    return this.#comparison
  }

  /** Ends the comparison that runs; the last map stays. */
  stop(): void {
    this.#stopped = this.widget.get("revision")
  }

  /** Resolves when nothing runs any more. */
  settled(): Promise<void> {
    return this.#wish.settled()
  }

  close(): void {
    this.stop()
    this.widget.close()
  }

  toString(): string {
    return `Equivalence map. ${this.#comparison}`
  }

  /** The live view; where there is none, the comparison's own figure and tables. */
  async [displaySymbol]() {
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const { "text/html": html, "image/png": png } = await mimeBundle(this.#comparison)
    return {
      ...view,
      ...(html ? { "text/html": html } : {}),
      ...(png ? { "image/png": png } : {}),
      "text/plain": String(this),
    }
  }

  /** Says where the chosen cell's ratio is largest. */
  #choose(): void {
    const { segment, channel } = this.widget.get("chosen")
    const place = this.#comparison.segments[segment]?.places[channel]
    const { revision } = this.widget.get("map")!
    this.widget.set("place", { revision, segment, channel, place: place ? describePlace(place) : null })
  }

  async #follow(): Promise<void> {
    const { widget } = this
    if (widget.closed) return
    const revision = widget.get("revision")
    const made = await this.#compare(revision)
    // An answer to an older wish says nothing about this one.
    if (revision === widget.get("revision")) widget.update({ ...made, settled: revision, progress: null })
    this.#choose()
  }

  async #compare(revision: number): Promise<Partial<EquivalenceMapState>> {
    const { widget } = this
    const key = widget.get("engine")
    const asked = this.#engines.find((each) => keyOf(each) === key)
    const isUnwanted = () =>
      revision !== widget.get("revision") || this.#stopped === revision || widget.closed
    const started = performance.now()
    let told = 0
    const onProgress: CompareOptions["onProgress"] = ({ stage, done, total, layer }) => {
      if (isUnwanted()) throw new Unwanted()
      if (performance.now() - told < pace) return
      told = performance.now()
      const words = `${stage} ${done} of ${total}${layer ? `, ${layer}` : ""}`
      widget.set("progress", { revision, done, total, words })
    }
    try {
      if (!asked) throw new PrelabError("unknown engine", key)
      widget.set("progress", { revision, done: 0, total: 1, words: `starting ${nameOf(asked)}` })
      // The page may have another wish already.
      await new Promise(setImmediate)
      if (isUnwanted()) throw new Unwanted()
      const { engine: _engine, backend: _backend, ...options } = this.#options
      const comparison = await compareNets(this.#before, this.#after, { ...options, ...asked, onProgress })
      if (isUnwanted()) throw new Unwanted()
      this.#comparison = comparison
      const seconds = (performance.now() - started) / 1000
      return { map: describeComparison(comparison, revision, seconds), failure: null }
    } catch (error) {
      return { failure: failureOf(error, revision, asked ? nameOf(asked) : key) }
    }
  }
}

/**
 * Compares two nets and shows the verdict as a map: layers across, channels down, the colour how much of its rounding bound the difference
 * takes. A cell tells its worst place; the engine and backend can be changed and the comparison run again.
 *
 * ```ts
 * const { net: folded } = foldBatchNorm(net)
 * await equivalenceMap(net, folded, { engine: "onnx" })
 * ```
 *
 * @throws PrelabError as `compareNets` does; and where the nets cannot be laid side by side at all
 */
export async function equivalenceMap(
  before: Net,
  after: Net,
  { input, ...rest }: EquivalenceMapOptions = {},
): Promise<EquivalenceMap> {
  const { onProgress: _watch, ...options } = rest
  if (input && before.inputs.length !== 1) throw new PrelabError("net needs one input", before.inputs.length)
  const inputs = input ? { inputs: { [before.inputs[0]!.blob]: input } } : {}
  const started = performance.now()
  const comparison = await compareNets(before, after, { ...rest, ...inputs })
  if (comparison.mismatch !== undefined)
    throw new PrelabError("nets are not comparable", comparison.mismatch.replace("not comparable: ", ""))
  const seconds = (performance.now() - started) / 1000
  return new EquivalenceMap(before, after, { ...options, ...inputs }, comparison, seconds)
}

function keyOf({ engine, backend }: AvailableEngine): string {
  return backend ? `${engine} ${backend}` : engine
}

function nameOf({ engine, backend }: AvailableEngine): string {
  return backend ? `${engine} (${backend})` : engine
}

/** Where the reader looks first. */
function worstCell({ segments, worst }: Comparison): MapCell {
  const segment = Math.max(0, worst ? segments.indexOf(worst) : 0)
  const channels = segments[segment]?.channels ?? []
  return { segment, channel: Math.max(0, channels.indexOf(Math.max(...channels))) }
}

function failureOf(error: unknown, revision: number, engine: string) {
  if (error instanceof Unwanted) return { revision, message: `stopped ${engine}`, hint: "" }
  if (!(error instanceof PrelabError)) return { revision, message: `${engine}: ${String(error)}`, hint: "" }
  const { what, value, hint = "" } = error
  return { revision, message: `${engine}: ${what}${value === undefined ? "" : `: ${value}`}`, hint }
}
