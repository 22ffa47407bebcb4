import { PrelabError } from "../../error.js"
import type { SolverSettings, SolverType } from "./solver-settings.js"

/** One update of one parameter. */
export interface UpdateStep {
  readonly solver: SolverSettings
  /** The learning rate times the parameter's lr_mult, in float32. */
  readonly rate: number
  /** Of this update, 0 for the first. */
  readonly iteration: number
}

/** How a solver type makes an update of a gradient. */
export interface UpdateRule {
  /** How many values it remembers of each weight. */
  readonly histories: 1 | 2
  /** @throws PrelabError for settings that Caffe refuses */
  check?(solver: SolverSettings): void
  /** Turns the gradient, in place, into what is subtracted from the weights. */
  update(diff: Float32Array, history: readonly Float32Array[], step: UpdateStep): void
}

const { fround, sqrt } = Math

/** v = momentum v + rate g, and v is subtracted: sgd_solver.cpp. */
const sgd: UpdateRule = {
  histories: 1,
  update(diff, [v], { rate, solver: { momentum } }) {
    for (let i = 0; i < diff.length; i++) {
      v![i] = fround(momentum * v![i]!) + rate * diff[i]!
      diff[i] = v![i]!
    }
  },
}

/** The same v; subtracted is (1 + momentum) v - momentum v_before: nesterov_solver.cpp. */
const nesterov: UpdateRule = {
  histories: 1,
  update(diff, [v], { rate, solver: { momentum } }) {
    const over = fround(1 + momentum)
    for (let i = 0; i < diff.length; i++) {
      const before = v![i]!
      v![i] = fround(momentum * before) + rate * diff[i]!
      diff[i] = over * v![i]! - fround(momentum * before)
    }
  },
}

/** s = s + g^2; subtracted is rate g / (sqrt(s) + delta): adagrad_solver.cpp. */
const adaGrad: UpdateRule = {
  histories: 1,
  check: withoutMomentum,
  update(diff, [s], { rate, solver: { delta } }) {
    for (let i = 0; i < diff.length; i++) {
      const g = diff[i]!
      s![i] = s![i]! + fround(g * g)
      diff[i] = rate * fround(g / fround(fround(sqrt(s![i]!)) + delta))
    }
  },
}

/** s = rms_decay s + (1 - rms_decay) g^2; subtracted is rate g / (sqrt(s) + delta): rmsprop_solver.cpp. */
const rmsProp: UpdateRule = {
  histories: 1,
  check(solver) {
    withoutMomentum(solver)
    if (!(solver.rms_decay >= 0 && solver.rms_decay < 1))
      throw new PrelabError("rms_decay not in [0, 1)", solver.rms_decay)
  },
  update(diff, [s], { rate, solver: { delta, rms_decay } }) {
    const rest = fround(1 - rms_decay)
    for (let i = 0; i < diff.length; i++) {
      const g = diff[i]!
      s![i] = fround(rms_decay * s![i]!) + rest * fround(g * g)
      diff[i] = rate * fround(g / fround(fround(sqrt(s![i]!)) + delta))
    }
  },
}

/**
 * s = momentum s + (1 - momentum) g^2; x = g sqrt((d + delta) / (s + delta)); d = momentum d + (1 - momentum) x^2; subtracted is rate x:
 * adadelta_solver.cpp.
 */
const adaDelta: UpdateRule = {
  histories: 2,
  update(diff, [s, d], { rate, solver: { delta, momentum } }) {
    const rest = fround(1 - momentum)
    for (let i = 0; i < diff.length; i++) {
      const g = diff[i]!
      s![i] = fround(momentum * s![i]!) + rest * fround(g * g)
      const x = fround(g * fround(sqrt(fround(fround(d![i]! + delta) / fround(s![i]! + delta)))))
      d![i] = fround(momentum * d![i]!) + rest * fround(x * x)
      diff[i] = rate * x
    }
  },
}

/**
 * m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2; subtracted is rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + delta), t counting from 1:
 * adam_solver.cpp. delta is added outside the root, and weight decay is part of g.
 */
const adam: UpdateRule = {
  histories: 2,
  check({ momentum, momentum2 }) {
    if (!(momentum < 1 && momentum2 < 1))
      throw new PrelabError("Adam needs momentum and momentum2 below 1", `${momentum} and ${momentum2}`)
  },
  update(diff, [m, v], { rate, iteration, solver: { momentum, momentum2, delta } }) {
    const [rest, rest2] = [fround(1 - momentum), fround(1 - momentum2)]
    const correction = fround(sqrt(1 - momentum2 ** (iteration + 1)) / (1 - momentum ** (iteration + 1)))
    const corrected = fround(rate * correction)
    for (let i = 0; i < diff.length; i++) {
      const g = diff[i]!
      m![i] = fround(momentum * m![i]!) + rest * g
      v![i] = fround(momentum2 * v![i]!) + rest2 * fround(g * g)
      diff[i] = corrected * fround(m![i]! / fround(fround(sqrt(v![i]!)) + delta))
    }
  },
}

function withoutMomentum({ type, momentum }: SolverSettings): void {
  if (momentum !== 0) throw new PrelabError(`${type} has no momentum`, momentum)
}

export const updateRules: Readonly<Record<SolverType, UpdateRule>> = {
  SGD: sgd,
  Nesterov: nesterov,
  AdaGrad: adaGrad,
  RMSProp: rmsProp,
  AdaDelta: adaDelta,
  Adam: adam,
}
