import { basename } from "node:path"
import type { InPlaceMemory } from "../engines/index.js"
import type { Source } from "../formats/source.js"
import type { Blob, Net } from "../net/index.js"
import { Batches } from "./batches.js"
import type { FillWeightsOptions } from "./fillers/fill-weights.js"
import type { TrainingRecord } from "./record.js"
import { readSnapshot } from "./snapshot.js"
import { readSolver, type SolverFields } from "./solver/read-solver.js"
import { trainingNets } from "./training-nets.js"
import { type RandomSlopes, TrainingRun, type TrainingWatch } from "./training-run.js"

export interface TrainOptions extends Pick<FillWeightsOptions, "preluGain"> {
  /** Items along the first axis, in the order in which they are fed, batch by batch, beginning again at the end. */
  readonly data: Blob
  /** One an item; absent for nets that read none. */
  readonly labels?: Blob
  readonly testData?: Blob
  readonly testLabels?: Blob
  /** What training begins with: a caffemodel, or a net's weights by layer name. Layers that it lacks are filled. */
  readonly weights?: Source | Net
  /** A `.solverstate` to go on from; its caffemodel lies beside it. */
  readonly snapshot?: string
  /** Where snapshots go, in place of the solver's `snapshot_prefix`. */
  readonly snapshotPrefix?: string
  /** What PReLUs that run in place remember: for the museum's pieces, and for saving memory. */
  readonly inPlaceMemory?: InPlaceMemory
  /** The slopes of PReLUs are drawn anew for each channel and pass from this range; outside of passes they are as they were. */
  readonly randomSlopes?: RandomSlopes
  /** What curves call the run; the solver's file or the net's name unless told. */
  readonly name?: string
  /** What the run before a snapshot had recorded. */
  readonly earlier?: TrainingRecord
  /** Called after every iteration. */
  readonly onIteration?: (run: TrainingRun) => void
  readonly watch?: TrainingWatch
}

let last: TrainingRun | undefined

/** The training that was begun last: after a Stop it holds the net so far, and `resume()` goes on. */
export function lastTraining(): TrainingRun | undefined {
  return last
}

/**
 * Makes everything ready that a training needs and does no iteration yet: `resume()` of the result does.
 *
 * @param solver Caffe's solver prototxt, or its fields as an object: `{ net, base_lr: 0.01, lr_policy: "inv", … }`
 * @throws PrelabError with its place for what is wrong with solver, net, weights or arrays
 */
export async function prepareTraining(
  solver: Source | SolverFields,
  options: TrainOptions,
): Promise<TrainingRun> {
  const { data, labels, testData, testLabels, onIteration } = options
  const read = await readSolver(solver)
  const from = options.snapshot === undefined ? undefined : await readSnapshot(options.snapshot)
  const weights = from?.caffemodel ?? options.weights
  const { settings } = read
  const nets = await trainingNets(read, {
    seed: settings.random_seed,
    ...(options.preluGain ? { preluGain: true } : {}),
    ...(weights === undefined ? {} : { weights }),
    data: data.shape.slice(1),
    labels: labels?.shape.slice(1),
  })
  const name = options.name ?? (nets.train.name || basename(read.name, ".prototxt"))
  last = new TrainingRun({
    name,
    settings,
    nets,
    batches: new Batches(nets.train, { data, labels }),
    ...(testData ? { testBatches: new Batches(nets.test, { data: testData, labels: testLabels }) } : {}),
    snapshotPrefix: options.snapshotPrefix ?? (settings.snapshot_prefix || basename(read.name, ".prototxt")),
    ...(options.inPlaceMemory ? { inPlaceMemory: options.inPlaceMemory } : {}),
    ...(options.randomSlopes ? { randomSlopes: options.randomSlopes } : {}),
    ...(from ? { state: from.state } : {}),
    ...(options.earlier ? { earlier: options.earlier } : {}),
    watch: {
      ...options.watch,
      iteration(run) {
        options.watch?.iteration?.(run)
        onIteration?.(run)
      },
    },
  })
  return last
}

/**
 * Trains a net as Caffe's solvers do, on the reference engine: sums are in double, rounded once.
 *
 * ```ts
 * const run = await train("lenet_solver.prototxt", { data, labels, testData, testLabels })
 * lossCurves([run])
 * ```
 *
 * A Stop leaves the run in `lastTraining()`: its `net` is usable, its `resume()` goes on.
 *
 * @throws PrelabError with its place for what is wrong with solver, net, weights or arrays
 */
export async function train(solver: Source | SolverFields, options: TrainOptions): Promise<TrainingRun> {
  return (await prepareTraining(solver, options)).resume()
}
