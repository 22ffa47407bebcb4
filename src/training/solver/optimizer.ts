import type { Parameter } from "../../engines/index.js"
import { learningRate } from "./learning-rate.js"
import type { SolverSettings } from "./solver-settings.js"
import { updateRules } from "./update-rules.js"

/**
 * Moves parameters along their gradients. The order is Caffe's (sgd_solver.cpp, ApplyUpdate): all gradients are clipped together, then
 * each is divided by iter_size, gets its weight decay and becomes an update.
 */
export class Optimizer {
  /** What the solver type remembers: one array a parameter, then for some types as many again. Snapshots keep them. */
  readonly history: readonly Float32Array[]
  readonly #parameters: readonly Parameter[]
  /** May be replaced between two updates by others of the same type. */
  solver: SolverSettings

  constructor(parameters: readonly Parameter[], solver: SolverSettings) {
    this.#parameters = parameters
    this.solver = solver
    const { histories } = updateRules[solver.type]
    this.history = Array.from({ length: histories }, () =>
      parameters.map(({ data }) => new Float32Array(data.length)),
    ).flat()
  }

  /** One update from the gradients as they stand in the parameters, which it overwrites. @returns the learning rate */
  update(iteration: number): number {
    const solver = this.solver
    const rule = updateRules[solver.type]
    const rate = learningRate(solver, iteration)
    this.#clip()
    this.#parameters.forEach((parameter, i) => {
      const { diff, data } = parameter
      const history = this.history.filter((_, at) => at % this.#parameters.length === i)
      if (solver.iter_size > 1) scale(diff, Math.fround(1 / solver.iter_size))
      this.#regularize(parameter)
      rule.update(diff, history, {
        solver,
        iteration,
        rate: Math.fround(rate * Math.fround(parameter.lrMult)),
      })
      for (let at = 0; at < data.length; at++) data[at]! -= diff[at]!
    })
    return rate
  }

  #clip(): void {
    const limit = this.solver.clip_gradients
    if (limit < 0) return
    let sum = 0
    for (const { diff } of this.#parameters) for (const value of diff) sum += value * value
    const norm = Math.fround(Math.sqrt(sum))
    if (norm > limit) for (const { diff } of this.#parameters) scale(diff, Math.fround(limit / norm))
  }

  #regularize({ data, diff, decayMult }: Parameter): void {
    const decay = Math.fround(this.solver.weight_decay * Math.fround(decayMult))
    if (decay === 0) return
    if (this.solver.regularization_type === "L2")
      for (let i = 0; i < diff.length; i++) diff[i]! += decay * data[i]!
    else for (let i = 0; i < diff.length; i++) diff[i]! += decay * Math.sign(data[i]!)
  }
}

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factor
}
