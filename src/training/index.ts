export { batch, type Items } from "./batches.js"
export { comparePReluMemories, type PReluMemoryRow } from "./compare-prelu-memories.js"
export { type Activation, withActivations } from "./experiments/activations.js"
export { Experiment, type ExperimentOptions } from "./experiments/experiment.js"
export { type LenetOptions, lenet } from "./experiments/lenet.js"
export {
  fineTuneSlopes,
  inPlaceBug,
  leakyAgainstPRelu,
  leakySlopes,
  reluAgainstPRelu,
  sharedSlopes,
  slopeDecay,
} from "./experiments/prelu-experiments.js"
export { type FillWeightsOptions, fillWeights } from "./fillers/fill-weights.js"
export { type History, type Point, readHistory, type SlopeSnapshot } from "./history.js"
export { type Images, type ImagesOptions, loadImages } from "./images.js"
export {
  type LossCurve,
  LossCurves,
  type LossCurvesOptions,
  lossCurves,
  smoothingFor,
} from "./loss-curves.js"
export { loadMnist, type Mnist, type MnistOptions } from "./mnist.js"
export { preluDiscussion, type QuotedFigure, type QuotedFigures } from "./prelu-discussion.js"
export {
  fullCopy,
  type PReluMemory,
  preluMemories,
  reconstruction,
  sharedBuffer,
  signBits,
  signBytes,
} from "./prelu-memory.js"
export { overwritten, quarterCopy } from "./prelu-museum.js"
export type { SlopesRecord, TestRecord, TrainingRecord } from "./record.js"
export { smooth } from "./smoothing.js"
export type { SnapshotFiles } from "./snapshot.js"
export { learningRate } from "./solver/learning-rate.js"
export { readSolver, type Solver, type SolverFields } from "./solver/read-solver.js"
export type { SolverSettings } from "./solver/solver-settings.js"
export { lastTraining, prepareTraining, type TrainOptions, train } from "./train.js"
export type { ChangeRecord, TrainingChange } from "./training-change.js"
export { TrainingRun, type TrainingWatch } from "./training-run.js"
