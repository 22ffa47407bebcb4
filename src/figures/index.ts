import { registerDisplays } from "./display.js"

export { type Bundle, bundleOf, displaySymbol, registerDisplays } from "./display.js"
export { liveCurve } from "./live-curve.js"
export type { PlotlyFigure } from "./plotly.js"
export { figurePng, wantsPng } from "./png.js"
export {
  type Progress,
  type ProgressOptions,
  type ProgressOutput,
  setProgressOutput,
  startProgress,
} from "./progress.js"
export { showBackward } from "./show-backward.js"
export { showComparison } from "./show-comparison.js"
export { showDiagnosis } from "./show-diagnosis.js"
export { showExperiment } from "./show-experiment.js"
export { showExport } from "./show-export.js"
export { showFold } from "./show-fold.js"
export { showForward } from "./show-forward.js"
export { showLossCurves } from "./show-loss-curves.js"
export { showNet } from "./show-net.js"
export { showRewrite } from "./show-rewrite.js"
export { showSlopes } from "./show-slopes.js"
export { showTrainingRun } from "./show-training-run.js"
export type { Shown } from "./shown.js"

registerDisplays()
