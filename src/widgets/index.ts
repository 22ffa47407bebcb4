import { servePages } from "./page-engine.js"

export { NetExplorer, netExplorer } from "./explore-net.js"
export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"

servePages()
