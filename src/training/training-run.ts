import { type InPlaceMemory, TrainingPass } from "../engines/index.js"
import { pacer } from "../engines/pace.js"
import { PrelabError } from "../error.js"
import type { Net } from "../net/index.js"
import type { Batches } from "./batches.js"
import { uniform } from "./fillers/random.js"
import { Recorder, type TrainingRecord } from "./record.js"
import { type SnapshotFiles, writeSnapshot } from "./snapshot.js"
import { stepsPassed } from "./solver/learning-rate.js"
import { Optimizer } from "./solver/optimizer.js"
import type { SolverSettings } from "./solver/solver-settings.js"
import type { SolverState } from "./solver/solver-state.js"
import { testNet } from "./test-net.js"
import { type ChangeRecord, checkChange, setSlopes, type TrainingChange } from "./training-change.js"
import { sharing, type TrainingNets } from "./training-nets.js"

/** What a run says of itself while it works. */
export interface TrainingWatch {
  /** Before an experiment's trainings: how many iterations they have together. More may be planned later. */
  plan?(iterations: number): void
  begin?(run: TrainingRun): void
  /** After every iteration. */
  iteration?(run: TrainingRun): void
  /** Before every snapshot that the solver asks for: what is written here is never older than the snapshot. */
  beforeSnapshot?(run: TrainingRun): unknown
  /** At the end, also where the work was stopped or failed. */
  end?(run: TrainingRun): void
}

export interface RandomSlopes {
  readonly from: number
  readonly to: number
}

export interface TrainingRunOptions {
  readonly name: string
  readonly settings: SolverSettings
  readonly nets: TrainingNets
  readonly batches: Batches
  readonly testBatches?: Batches
  /** Where snapshots go: `<prefix>_iter_N.caffemodel` and `.solverstate`. */
  readonly snapshotPrefix: string
  readonly inPlaceMemory?: InPlaceMemory
  readonly randomSlopes?: RandomSlopes
  /** Goes on from here. */
  readonly state?: SolverState
  readonly earlier?: TrainingRecord
  readonly watch?: TrainingWatch
}

/**
 * A training: it holds the net so far and everything that makes it go on, so that a Stop in the middle loses nothing.
 *
 * ```ts
 * const run = await train("lenet_solver.prototxt", { data, labels })
 * run                       // loss, accuracy and slopes as curves
 * await forward(tidy(run.net).net, { data: images })     // without loss and labels
 * await run.resume()        // where it was stopped; or with more iterations: run.resume(2000)
 * ```
 */
export class TrainingRun {
  readonly name: string
  readonly warnings: readonly string[]
  readonly #recorder: Recorder
  readonly #options: TrainingRunOptions
  readonly #pass: TrainingPass
  readonly #optimizer: Optimizer
  #iteration = 0
  #rate: number | undefined
  #isRunning = false
  #isPausing = false
  /** What waits for the next iteration. */
  readonly #changes: TrainingChange[] = []

  /** @throws PrelabError when the net cannot be trained, or the state is another net's */
  constructor(options: TrainingRunOptions) {
    const { name, settings, nets, state, inPlaceMemory } = options
    this.name = name
    this.warnings = nets.train.warnings
    this.#options = options
    this.#pass = new TrainingPass(nets.train, {}, inPlaceMemory ? { inPlaceMemory } : {})
    this.#optimizer = new Optimizer(this.#pass.parameters, settings)
    this.#recorder = new Recorder(this.#pass.net, settings.max_iter)
    if (state) this.#restore(state)
    if (options.earlier) this.#recorder.continueFrom(options.earlier, this.#iteration)
  }

  /** The solver's, with what was changed since. */
  get settings(): SolverSettings {
    return this.#optimizer.solver
  }

  /** How many updates the weights have had. */
  get iteration(): number {
    return this.#iteration
  }

  get isFinished(): boolean {
    return this.#iteration >= this.settings.max_iter
  }

  /** The learning rate of the last update. */
  get learningRate(): number | undefined {
    return this.#rate
  }

  /** The trained net so far, at phase TEST: a copy, which further training does not change. */
  get net(): Net {
    return sharing(this.#options.nets.test, this.#pass.snapshot())
  }

  get loss(): TrainingRecord["loss"] {
    return this.#recorder.loss
  }

  get test(): TrainingRecord["test"] {
    return this.#recorder.test
  }

  get slopes(): TrainingRecord["slopes"] {
    return this.#recorder.slopes
  }

  /** The slopes of every PReLU layer as they are now. */
  get currentSlopes(): Readonly<Record<string, readonly number[]>> {
    const prelus = this.#pass.net.layers.filter(({ type }) => type === "PReLU")
    return Object.fromEntries(prelus.map(({ name, blobs }) => [name, [...blobs[0]!.data]]))
  }

  /** What was changed by hand, and the iterations from which it counts. */
  get changes(): readonly ChangeRecord[] {
    return this.#recorder.changes
  }

  /** The mean of the last `average_loss` losses; undefined before the first. */
  get recentLoss(): number | undefined {
    const last = this.loss.slice(-this.settings.average_loss)
    return last.length === 0 ? undefined : last.reduce((sum, { loss }) => sum + loss, 0) / last.length
  }

  /**
   * Trains on until `max_iter`, or another number of iterations. A Stop ends it between two iterations, and so does
   * `pause()`; what was reached stays.
   * @throws PrelabError when it runs already
   */
  async resume(until = this.settings.max_iter): Promise<this> {
    return this.#work(async (pace) => {
      while (this.#iteration < until && !this.#isPausing) await this.#advance(pace)
      if (!this.#isPausing && this.#options.testBatches && this.test.at(-1)?.iteration !== this.#iteration)
        await this.#test()
    })
  }

  /**
   * One iteration, and the test that is due before it.
   * @throws PrelabError when it runs already
   */
  async step(): Promise<this> {
    return this.#work((pace) => this.#advance(pace))
  }

  /** Ends a running `resume()` before its next iteration, without a last test. */
  pause(): void {
    this.#isPausing = this.#isRunning
  }

  /**
   * Changes the learning rate or slopes: all of it before the next iteration, also while one is being computed.
   * Snapshots keep the slopes, but not the rate: it is the solver's.
   *
   * ```ts
   * run.change({ base_lr: 0.001, slopes: { prelu1: 0.1 } })
   * ```
   *
   * @throws PrelabError when the rate or the slopes cannot be used; then nothing is changed
   */
  change(change: TrainingChange): void {
    checkChange(this.#pass.net, change)
    this.#changes.push(change)
    if (!this.#isRunning) this.#applyChanges()
  }

  /** Writes the weights and the solver's state; `prelab train --snapshot` and `train(…, { snapshot })` go on from there. */
  async snapshot(path = `${this.#options.snapshotPrefix}_iter_${this.#iteration}`): Promise<SnapshotFiles> {
    const { parameters } = this.#pass
    return writeSnapshot(path, this.#pass.net, {
      iteration: this.#iteration,
      currentStep: this.#currentStep(),
      history: this.#optimizer.history.map((data, i) => ({
        shape: parameters[i % parameters.length]!.shape,
        data,
      })),
    })
  }

  /** One line, as text output shows it. */
  toString(): string {
    const { max_iter } = this.settings
    const accuracy = this.test.at(-1)?.accuracy
    const parts = [
      `${this.#iteration} of ${max_iter} iterations`,
      ...(this.recentLoss === undefined ? [] : [`loss ${Number(this.recentLoss.toPrecision(4))}`]),
      ...(accuracy === undefined ? [] : [`accuracy ${accuracy.toFixed(4)}`]),
      ...(this.test.at(-1)?.notNumbers ? ["outputs are not numbers (NaN)"] : []),
    ]
    return `Training ${this.name}: ${parts.join(", ")}`
  }

  /** What `history.json` holds. */
  toJSON(): TrainingRecord {
    return this.#recorder.toJSON()
  }

  async #work(body: (pace: () => Promise<void>) => Promise<void>): Promise<this> {
    if (this.#isRunning) throw new PrelabError("training is running", this.name)
    this.#isRunning = true
    this.#isPausing = false
    const { watch } = this.#options
    watch?.begin?.(this)
    try {
      await body(pacer())
      this.#recorder.addSlopes(this.#pass.net, this.#iteration, true)
      return this
    } finally {
      this.#isRunning = false
      this.#applyChanges()
      watch?.end?.(this)
    }
  }

  async #advance(pace: () => Promise<void>): Promise<void> {
    const { watch } = this.#options
    if (this.#isTestDue()) await this.#test()
    await pace()
    this.#applyChanges()
    this.#recorder.addSlopes(this.#pass.net, this.#iteration)
    await this.#iterate()
    watch?.iteration?.(this)
    const { snapshot } = this.settings
    if (snapshot > 0 && this.#iteration % snapshot === 0) {
      await watch?.beforeSnapshot?.(this)
      await this.snapshot()
    }
  }

  #applyChanges(): void {
    for (const change of this.#changes.splice(0)) {
      if (change.base_lr !== undefined)
        this.#optimizer.solver = { ...this.settings, base_lr: Math.fround(change.base_lr) }
      setSlopes(this.#pass.net, change.slopes ?? {})
      this.#recorder.addChange({ iteration: this.#iteration, ...change })
    }
  }

  /** One iteration, all of it or nothing: a pass that is stopped half way leaves the weights and the running averages as they were. */
  async #iterate(): Promise<void> {
    const { settings } = this
    const { batches } = this.#options
    const averages = this.#pass.net.layers
      .filter(({ type }) => type === "BatchNorm")
      .flatMap(({ blobs }) => blobs.map(({ data }) => ({ data, before: data.slice() })))
    let sum = 0
    try {
      this.#pass.clearDiffs()
      for (let i = 0; i < settings.iter_size; i++) {
        const n = this.#iteration * settings.iter_size + i
        const putBack = this.#drawSlopes(n)
        try {
          sum += (await this.#pass.run(batches.at(n), { seed: settings.random_seed + n })).loss
        } finally {
          putBack()
        }
      }
    } catch (error) {
      for (const { data, before } of averages) data.set(before)
      throw error
    }
    this.#rate = this.#optimizer.update(this.#iteration)
    this.#recorder.addLoss(this.#iteration, sum / settings.iter_size)
    this.#iteration++
  }

  /** Other slopes for one pass. @returns what puts the old ones back */
  #drawSlopes(n: number): () => void {
    const { randomSlopes: range } = this.#options
    if (range === undefined) return () => undefined
    const slopes = this.#pass.net.layers
      .filter(({ type }) => type === "PReLU")
      .map(({ blobs }) => blobs[0]!.data)
    const before = slopes.map((data) => data.slice())
    const random = uniform(this.settings.random_seed, `slopes/${n}`)
    for (const data of slopes) {
      for (let i = 0; i < data.length; i++) data[i] = range.from + (range.to - range.from) * random()
    }
    return () => {
      slopes.forEach((data, i) => {
        data.set(before[i]!)
      })
    }
  }

  #isTestDue(): boolean {
    const { test_interval, test_initialization } = this.settings
    if (this.#options.testBatches === undefined || test_interval === 0) return false
    if (this.test.at(-1)?.iteration === this.#iteration) return false
    return this.#iteration % test_interval === 0 && (this.#iteration > 0 || test_initialization)
  }

  async #test(): Promise<void> {
    const net = sharing(this.#options.nets.test, this.#pass.net)
    const score = await testNet(net, this.#options.testBatches!, this.settings.test_iter)
    this.#recorder.addTest({ iteration: this.#iteration, ...score })
  }

  #restore({ iteration, history }: SolverState): void {
    const own = this.#optimizer.history
    if (history.length !== own.length || history.some(({ data }, i) => data.length !== own[i]!.length))
      throw new PrelabError(
        "snapshot of another net or solver",
        `${history.length} histories for ${own.length}`,
      )
    history.forEach(({ data }, i) => {
      own[i]!.set(data)
    })
    this.#iteration = iteration
  }

  #currentStep(): number {
    const { lr_policy, stepvalue, stepsize } = this.settings
    const last = Math.max(0, this.#iteration - 1)
    if (lr_policy === "multistep") return stepsPassed(stepvalue, last)
    return lr_policy === "step" ? Math.floor(last / stepsize) : 0
  }
}
