import { servePages } from "./page-engine.js"

export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"

servePages()
