import { servePages } from "./page-engine.js"

export { NetExplorer, netExplorer } from "./explore-net.js"
export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
export { EquivalenceMap, type EquivalenceMapOptions, equivalenceMap } from "./map-equivalence.js"
export { Playground, playground } from "./open-playground.js"
export type { PlaygroundState } from "./playground-state.js"
export { FoldStepper, type FoldStepperOptions, foldStepper } from "./step-fold.js"

servePages()
