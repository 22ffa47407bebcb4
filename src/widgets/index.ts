import { servePages } from "./page-engine.js"

export { TrainingCockpit } from "./cockpit.js"
export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
export { trainingCockpit } from "./steer-training.js"
export { ActivationViewer, type ActivationViewerOptions, activationViewer } from "./view-activations.js"

servePages()
