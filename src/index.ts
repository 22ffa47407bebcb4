/**
 * prelab's public API: what a notebook cell has in scope, and what `import … from "prelab"` gives.
 *
 * @module
 */
export type { LoadOptions, Source } from "./caffe/index.js"
export { type SavedFiles, saveNet } from "./caffe/save-net.js"
export { type DiagnoseOptions, Diagnosis, type Finding } from "./diagnosis/index.js"
export {
  type Backend,
  Backward,
  backward,
  type EngineChoice,
  type EngineName,
  Forward,
  type ForwardOptions,
  forward,
  type Gradient,
} from "./engines/index.js"
export { type CompareOptions, Comparison, type SideChoice } from "./equivalence/index.js"
export { PrelabError, Refusal } from "./error.js"
export { Pictures, pictures } from "./figures/pictures.js"
export { Plot, type PlotOptions, plot } from "./figures/plot.js"
export { loadArray, saveArray } from "./formats/arrays.js"
export { loadJson } from "./formats/json.js"
export { type ExportOptions, ExportReport, exportOnnx } from "./formats/onnx/index.js"
export {
  compareNets,
  diagnose,
  equivalenceMap,
  fineTuneSlopes,
  inPlaceBug,
  leakyAgainstPRelu,
  leakySlopes,
  loadImages,
  loadMnist,
  loadNet,
  prepareTraining,
  reluAgainstPRelu,
  sharedSlopes,
  slopeDecay,
  train,
} from "./helpers.js"
export { learnedSlopes, preluSlopes, SlopeReport } from "./inspect/index.js"
export { type Blob, type Layer, Net, type Shape, type Value } from "./net/index.js"
export {
  type Activation,
  batch,
  comparePReluMemories,
  Experiment,
  type ExperimentOptions,
  fillWeights,
  type Images,
  type ImagesOptions,
  type Items,
  type LenetOptions,
  LossCurves,
  lastTraining,
  lenet,
  lossCurves,
  type Mnist,
  type MnistOptions,
  overwritten,
  type PReluMemoryRow,
  preluDiscussion,
  quarterCopy,
  type SolverFields,
  type TrainingChange,
  TrainingRun,
  type TrainOptions,
  withActivations,
} from "./training/index.js"
export {
  FoldReport,
  foldBatchNorm,
  joinPRelu,
  RewriteReport,
  removeDropout,
  type SplitOptions,
  splitPRelu,
  type TidyOptions,
  tidy,
} from "./transforms/index.js"
export { version } from "./version.js"
export {
  activationViewer,
  assetCommands,
  controls,
  defineWidget,
  foldStepper,
  link,
  netExplorer,
  playground,
  slopeExplorer,
  trainingCockpit,
} from "./widgets/index.js"

import "./figures/index.js"
