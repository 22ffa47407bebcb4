import { servePages } from "./page-engine.js"

export { TrainingCockpit } from "./cockpit.js"
export { NetExplorer, netExplorer } from "./explore-net.js"
export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
export { EquivalenceMap, type EquivalenceMapOptions, equivalenceMap } from "./map-equivalence.js"
export { Playground, playground } from "./open-playground.js"
export { assetCommands } from "./page-assets.js"
export type { PlaygroundState } from "./playground-state.js"
export { trainingCockpit } from "./steer-training.js"
export { FoldStepper, type FoldStepperOptions, foldStepper } from "./step-fold.js"
export { type CommandContext, controls, defineWidget, link, type WidgetKind } from "./toolkit/index.js"
export { ActivationViewer, type ActivationViewerOptions, activationViewer } from "./view-activations.js"

servePages()
