import type { ChangeRecord, TrainingRun } from "../training/index.js"
import type { CockpitChange, CockpitRun } from "./cockpit-state.js"
import { SampledCurve } from "./sampled-curve.js"

/** Moments of the slopes that are drawn, at most. */
const mostMoments = 300

/** A training's record as curves for the page; each call of `read` takes in what is new. */
export class RunCurves {
  readonly run: TrainingRun
  readonly #layers: readonly string[]
  readonly #loss = new SampledCurve()
  readonly #slopes: readonly SampledCurve[]
  #losses = 0
  #moments = 0
  readonly #baseRate: number

  /** @param layers names of the PReLU layers */
  constructor(run: TrainingRun, layers: readonly string[]) {
    this.run = run
    this.#layers = layers
    this.#slopes = layers.map(() => new SampledCurve(mostMoments))
    this.#baseRate = run.settings.base_lr
  }

  read(): CockpitRun {
    const { name, iteration, loss, slopes, test } = this.run
    for (; this.#losses < loss.length; this.#losses++) {
      const each = loss[this.#losses]!
      this.#loss.add(each.iteration, each.loss)
    }
    for (; this.#moments < slopes.length; this.#moments++) {
      const moment = slopes[this.#moments]!
      this.#layers.forEach((layer, i) => {
        const values = moment[layer] as readonly number[]
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        this.#slopes[i]!.add(moment.iteration, mean, [Math.min(...values), Math.max(...values)])
      })
    }
    const scored = test.flatMap((each) =>
      each.accuracy === undefined ? [] : [each.iteration, each.accuracy],
    )
    return {
      name,
      iteration,
      loss: this.#loss.toArray(),
      accuracy: Float32Array.from(scored),
      slopes: this.#slopes.map((curve) => curve.toArray()),
      changes: this.#changes(),
    }
  }

  #changes(): CockpitChange[] {
    let rate = this.#baseRate
    return this.run.changes.map((change) => {
      const what = describeChange(change, rate)
      rate = change.base_lr ?? rate
      return { iteration: change.iteration, what }
    })
  }
}

function describeChange({ base_lr, slopes = {} }: ChangeRecord, before: number): string {
  const rate = base_lr === undefined ? [] : [`learning rate ${digits(before)} → ${digits(base_lr)}`]
  const layers = Object.entries(slopes).map(([layer, values]) => {
    if (typeof values === "number") return `all slopes of ${layer} → ${digits(values)}`
    const channels = values.flatMap((value, channel) => (value === undefined ? [] : [{ channel, value }]))
    const [only] = channels
    return channels.length === 1
      ? `slope ${only!.channel} of ${layer} → ${digits(only!.value)}`
      : `${channels.length} slopes of ${layer}`
  })
  return [...rate, ...layers].join(", ")
}

function digits(x: number): string {
  return String(Number(x.toPrecision(4)))
}
