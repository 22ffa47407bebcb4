import { servePages } from "./page-engine.js"

export { SlopeExplorer, type SlopeExplorerOptions, slopeExplorer } from "./explore-slopes.js"
export { assetCommands } from "./page-assets.js"
export { type CommandContext, controls, defineWidget, link, type WidgetKind } from "./toolkit/index.js"

servePages()
