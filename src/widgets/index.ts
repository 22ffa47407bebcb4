import { servePages } from "./page-engine.js"

export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
export { ActivationViewer, type ActivationViewerOptions, activationViewer } from "./view-activations.js"

servePages()
