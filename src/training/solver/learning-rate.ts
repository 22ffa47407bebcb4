import type { SolverSettings } from "./solver-settings.js"

/**
 * The learning rate of an iteration, in float32 where Caffe computes in float32: sgd_solver.cpp, GetLearningRate. With g = gamma and i the
 * iteration: fixed b; step b g^floor(i / stepsize); exp b g^i; inv b (1 + g i)^-power; multistep b g^(step values passed); poly
 * b (1 - i / max_iter)^power; sigmoid b / (1 + exp(-g (i - stepsize))).
 */
export function learningRate(solver: SolverSettings, iteration: number): number {
  return Math.fround(solver.base_lr * factor(solver, iteration))
}

function factor(solver: SolverSettings, iteration: number): number {
  const { gamma, power, stepsize, stepvalue, max_iter } = solver
  const { fround } = Math
  switch (solver.lr_policy) {
    case "fixed":
      return 1
    // A float to the power of an int is a double in C++.
    case "step":
      return gamma ** Math.floor(iteration / stepsize)
    case "exp":
      return gamma ** iteration
    case "multistep":
      return gamma ** stepsPassed(stepvalue, iteration)
    case "inv":
      return fround(fround(1 + fround(gamma * iteration)) ** -power)
    case "poly":
      return fround(fround(1 - fround(iteration / max_iter)) ** power)
    case "sigmoid":
      return fround(1 / fround(1 + fround(Math.exp(fround(-gamma * (iteration - stepsize))))))
  }
}

/** Caffe passes one step value an iteration, in the order in which they stand: of two equal ones the second counts one iteration later. */
export function stepsPassed(stepvalue: readonly number[], iteration: number): number {
  let passed = 0
  let earliest = 0
  for (const value of stepvalue) {
    const at = Math.max(value, earliest)
    if (iteration < at) break
    passed++
    earliest = at + 1
  }
  return passed
}
