import { servePages } from "./page-engine.js"

export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
export { Playground, playground } from "./open-playground.js"
export type { PlaygroundState } from "./playground-state.js"
export { FoldStepper, type FoldStepperOptions, foldStepper } from "./step-fold.js"

servePages()
