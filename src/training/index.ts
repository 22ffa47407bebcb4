export { comparePReluMemories, type PReluMemoryRow } from "./compare-prelu-memories.js"
export { type History, type Point, readHistory, type SlopeSnapshot } from "./history.js"
export { type LossCurve, LossCurves, type LossCurvesOptions, lastLosses, lossCurves } from "./loss-curves.js"
export { preluDiscussion, type QuotedFigure, type QuotedFigures } from "./prelu-discussion.js"
export {
  fullCopy,
  type PReluMemory,
  preluMemories,
  reconstruction,
  sharedBuffer,
  signBits,
  signBytes,
} from "./prelu-memory.js"
export { overwritten, quarterCopy } from "./prelu-museum.js"
export { smooth } from "./smoothing.js"
