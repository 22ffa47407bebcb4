import { type Displayable, displaySymbol, mimeBundle } from "../kernel/mime-bundle.js"
import type { Widget } from "../kernel/widget.js"
import type { Layer, Message, Net } from "../net/index.js"
import { outsideOfCells } from "../outside-of-cells.js"
import { onStop } from "../stop.js"
import { lossCurves, smoothingFor, type TrainingChange, type TrainingRun } from "../training/index.js"
import type { ChangeWish, CockpitLayer, CockpitState } from "./cockpit-state.js"
import { frontEnd } from "./front-end.js"
import { RunCurves } from "./run-curves.js"
import { defineWidget } from "./toolkit/index.js"

/** The page is told no more often than this, in milliseconds. */
const pauseMs = 100

/** Makes a run that begins anew, and calls back after each of its iterations. */
export type MakeRun = (name: string, iteration: (run: TrainingRun) => void) => Promise<TrainingRun>

/** A widget that starts, steps, pauses and changes a training, and keeps its runs. `trainingCockpit` makes one. */
export class TrainingCockpit implements Displayable {
  readonly widget: Widget<CockpitState>
  readonly #make: MakeRun
  readonly #layers: readonly CockpitLayer[]
  /** The last one is the one that the buttons move. */
  readonly #curves: RunCurves[]
  #made = 1
  #working: Promise<void> | undefined
  #resetting: Promise<void> | undefined
  #told = 0
  /** Since when the iterations of this stretch are counted, and from which one. */
  #stretch = { began: 0, from: 0 }

  private constructor(make: MakeRun, first: TrainingRun, isTested: boolean) {
    this.#make = make
    this.#layers = first.net.layers.filter(({ type }) => type === "PReLU").map(layerOf)
    this.#curves = [this.#curvesOf(first)]
    this.widget = defineWidget<CockpitState>({
      id: "prelab.TrainingCockpit",
      ...frontEnd("training-cockpit"),
      state: {
        net: first.net.name,
        problem: "",
        isTested,
        layers: [...this.#layers],
        kept: [],
        smoothing: smoothingFor(first.settings.max_iter),
        hidden: [],
        isLog: true,
        ...this.#now(),
      },
      commands: {
        // The page hears of the end, and of what went wrong, by the state.
        start: () => void this.start().catch(() => undefined),
        step: () => void this.step().catch(() => undefined),
        pause: () => this.pause(),
        reset: () => this.reset(),
        change: (wish: ChangeWish) => this.change(changeOf(wish, this.#layers)),
      },
    })()
  }

  static async open(make: MakeRun, { isTested }: { isTested: boolean }): Promise<TrainingCockpit> {
    let cockpit: TrainingCockpit | undefined
    const first = await make("run 1", () => {
      if (cockpit) cockpit.#grew()
    })
    cockpit = new TrainingCockpit(make, first, isTested)
    return cockpit
  }

  /** The run that the buttons move. */
  get run(): TrainingRun {
    return this.#curves.at(-1)!.run
  }

  /** All runs, the current one last: `lossCurves(cockpit.runs)` draws them. */
  get runs(): readonly TrainingRun[] {
    return this.#curves.map(({ run }) => run)
  }

  /** The net as the current run has trained it so far, at phase TEST: a copy. */
  get net(): Net {
    return this.run.net
  }

  /**
   * Trains until the end, or another number of iterations, while the kernel goes on answering. Resolves when it ends,
   * also by a pause or a Stop.
   */
  async start(until?: number): Promise<void> {
    await this.#resetting
    if (this.run.isFinished && until === undefined) return
    await this.#work(() => this.run.resume(until))
  }

  /** One iteration. */
  async step(): Promise<void> {
    await this.#resetting
    await this.#work(() => this.run.step())
  }

  /** Ends the training before its next iteration. Resolves when it has ended. */
  async pause(): Promise<void> {
    this.run.pause()
    await this.settled()
  }

  /** Keeps the current run for comparison, if it has begun, and prepares a new one with the learning rate as it is now. */
  async reset(): Promise<void> {
    this.#resetting ??= this.#renew().finally(() => {
      this.#resetting = undefined
    })
    await this.#resetting
  }

  /**
   * Changes learning rate or slopes, from the next iteration on.
   * @throws PrelabError when they cannot be used
   */
  change(change: TrainingChange): void {
    this.run.change(change)
    this.#tell()
  }

  /** Resolves when nothing is being trained. */
  async settled(): Promise<void> {
    await this.#working?.catch(() => undefined)
  }

  close(): void {
    this.run.pause()
    this.widget.close()
  }

  toString(): string {
    return `Training cockpit. ${this.run}`
  }

  /** The live view; where there is none, the runs' curves as they are shown without a kernel. */
  async [displaySymbol]() {
    const { "text/plain": _, ...view } = this.widget[displaySymbol]()
    const begun = this.runs.filter(({ iteration }) => iteration > 0)
    const shown = begun.length > 0 ? lossCurves(begun) : this.run
    const { "text/html": html, "image/png": png } = await mimeBundle(shown)
    return { ...view, "text/html": html, ...(png ? { "image/png": png } : {}), "text/plain": String(this) }
  }

  /** One at a time. Outside of cells: what a cell awaits ends with its Stop, and a Stop while none runs ends it as well. */
  #work(train: () => Promise<unknown>): Promise<void> {
    if (this.#working) return this.#working
    const endWatch = onStop(() => this.run.pause())
    this.#stretch = { began: performance.now(), from: this.run.iteration }
    const ended = outsideOfCells(train).then(
      () => "",
      (error: unknown) => {
        this.widget.set("problem", error instanceof Error ? error.message : String(error))
        throw error
      },
    )
    this.#working = ended
      .then(() => undefined)
      .finally(() => {
        endWatch()
        this.#working = undefined
        this.#tell()
      })
    this.widget.update({ phase: "training", problem: "" })
    return this.#working
  }

  async #renew(): Promise<void> {
    await this.pause()
    const { base_lr } = this.run.settings
    const isBegun = this.run.iteration > 0
    if (isBegun) this.#made++
    const next = await this.#make(`run ${this.#made}`, () => this.#grew())
    const before = this.#curves.at(-1)!
    if (!isBegun) this.#curves.pop()
    this.#curves.push(this.#curvesOf(next))
    if (next.settings.base_lr !== base_lr) next.change({ base_lr })
    this.#stretch = { began: 0, from: 0 }
    const kept = isBegun ? { kept: [...this.widget.get("kept"), before.read()] } : {}
    this.widget.update({ ...kept, ...this.#now(), problem: "" })
  }

  #grew(): void {
    if (performance.now() - this.#told >= pauseMs) this.#tell()
  }

  #tell(): void {
    this.#told = performance.now()
    this.widget.update(this.#now())
  }

  #now() {
    const { run } = this
    const { base_lr, lr_policy, max_iter } = run.settings
    const done = run.iteration - this.#stretch.from
    const slopes = run.currentSlopes
    return {
      phase: this.#phase(),
      maxIterations: max_iter,
      milliseconds: done > 0 ? (this.#told - this.#stretch.began) / done : 0,
      baseRate: base_lr,
      rate: run.learningRate ?? base_lr,
      policy: lr_policy,
      slopes: this.#layers.map(({ name }) => Float32Array.from(slopes[name]!)),
      run: this.#curves.at(-1)!.read(),
    }
  }

  #phase(): CockpitState["phase"] {
    if (this.#working) return "training"
    if (this.run.isFinished) return "finished"
    return this.run.iteration > 0 ? "paused" : "ready"
  }

  #curvesOf(run: TrainingRun): RunCurves {
    return new RunCurves(
      run,
      this.#layers.map(({ name }) => name),
    )
  }
}

function layerOf({ name, blobs, message }: Layer): CockpitLayer {
  const param = message.prelu_param as Message | undefined
  const { shape, data } = blobs[0]!
  return { name, shared: param?.channel_shared === true || shape.length === 0, channels: data.length }
}

/** What the page asks for, by the names that training knows. */
function changeOf({ base_lr, slopes }: ChangeWish, layers: readonly CockpitLayer[]): TrainingChange {
  const rate = base_lr === undefined ? {} : { base_lr }
  const layer = slopes && layers[slopes.layer]
  if (!layer) return rate
  const { channel, value } = slopes
  const values =
    channel === undefined || layer.channels === 1
      ? value
      : Array.from({ length: layer.channels }, (_, c) => (c === channel ? value : undefined))
  return { ...rate, slopes: { [layer.name]: values } }
}
