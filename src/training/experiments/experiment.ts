import type { Net } from "../../net/index.js"
import { type LossCurves, lossCurves, meanOfLast, notNumbersOf } from "../loss-curves.js"
import type { SolverFields } from "../solver/read-solver.js"
import { type TrainOptions, train } from "../train.js"
import type { TrainingRun } from "../training-run.js"
import { type Activation, withActivations } from "./activations.js"
import { lenet } from "./lenet.js"

export interface ExperimentOptions
  extends Pick<TrainOptions, "data" | "labels" | "testData" | "testLabels" | "weights" | "watch"> {
  /** Any net with ReLUs or PReLUs, at phase TRAIN: `lenet()` unless told. */
  readonly net?: Net
  /** 150 unless told. */
  readonly iterations?: number
  /** Other solver fields than those of Caffe's LeNet: SGD 0.01, momentum 0.9, weight decay 0.0005, policy inv. */
  readonly solver?: Omit<SolverFields, "net">
}

/** Trainings that differ in one thing, and what came out. */
export class Experiment {
  readonly question: string
  readonly runs: Readonly<Record<string, TrainingRun>>
  /** What the runs show, with their numbers. */
  readonly findings: readonly string[]

  constructor(question: string, runs: Readonly<Record<string, TrainingRun>>, findings: readonly string[]) {
    this.question = question
    this.runs = runs
    this.findings = findings
  }

  get curves(): LossCurves {
    return lossCurves(
      Object.fromEntries(Object.entries(this.runs).map(([name, run]) => [name, run.toJSON()])),
    )
  }

  toString(): string {
    return `${this.question} ${this.findings.join("; ")}`
  }

  toJSON(): object {
    return { question: this.question, findings: this.findings, runs: this.curves }
  }
}

/** What one of an experiment's trainings has of its own. */
export interface Variant extends Pick<TrainOptions, "inPlaceMemory" | "randomSlopes" | "weights"> {
  readonly activation: Activation
}

/** Trains one variant after the other: the same items, order, first weights and solver. */
export async function trainVariants<Name extends string>(
  { net = lenet(), iterations = 150, solver = {}, ...options }: ExperimentOptions,
  variants: Readonly<Record<Name, Variant>>,
): Promise<Record<Name, TrainingRun>> {
  const runs: Partial<Record<Name, TrainingRun>> = {}
  options.watch?.plan?.(Number(solver.max_iter ?? iterations) * Object.keys(variants).length)
  for (const [name, { activation, ...own }] of Object.entries(variants) as [Name, Variant][]) {
    runs[name] = await train(
      { ...lenetSolver, max_iter: iterations, ...solver, net: withActivations(net, activation) },
      { ...options, ...own, name },
    )
  }
  return runs as Record<Name, TrainingRun>
}

/** examples/mnist/lenet_solver.prototxt of Caffe. */
const lenetSolver = {
  base_lr: 0.01,
  lr_policy: "inv",
  gamma: 0.0001,
  power: 0.75,
  momentum: 0.9,
  weight_decay: 0.0005,
}

/** "0.0512 and 0.0544": numbers of several runs, each with its name. */
export function each(
  runs: Readonly<Record<string, TrainingRun>>,
  what: (run: TrainingRun) => number | undefined,
): string {
  return Object.entries(runs)
    .map(([name, run]) => `${name} ${shown(what(run))}`)
    .join(", ")
}

function shown(value: number | undefined): string {
  return value === undefined ? "none" : String(Number(value.toPrecision(4)))
}

export const firstLoss = (run: TrainingRun) => run.loss[0]?.loss

export const lastMean = (run: TrainingRun) => meanOfLast(run.loss.map(({ loss }) => loss))

export const accuracy = (run: TrainingRun) => run.test.at(-1)?.accuracy

/** Losses at the end, and accuracies where there was a test. */
export function ends(runs: Readonly<Record<string, TrainingRun>>): string[] {
  const tested = Object.values(runs).some((run) => accuracy(run) !== undefined)
  return [
    `mean of the last losses: ${each(runs, lastMean)}`,
    ...(tested ? [`test accuracy: ${each(runs, accuracy)}`] : []),
    ...Object.entries(runs)
      .filter(([, run]) => run.test.at(-1)?.notNumbers)
      .map(([name]) => notNumbersOf(name)),
  ]
}

/** Where two runs' losses part, in words. */
export function parting(a: TrainingRun, b: TrainingRun): string {
  const at = a.loss.findIndex(({ loss }, i) => !Object.is(loss, b.loss[i]?.loss))
  const names = `${a.name} and ${b.name}`
  if (at < 0) return `${names}: the same ${a.loss.length} losses to the last bit`
  return `${names}: the same losses to the last bit up to iteration ${at}, then ${a.loss[at]!.loss} against ${b.loss[at]?.loss}`
}
