export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
