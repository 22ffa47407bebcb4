export { type History, type Point, readHistory, type SlopeSnapshot } from "./history.js"
export { type LossCurve, LossCurves, type LossCurvesOptions, lastLosses, lossCurves } from "./loss-curves.js"
export { preluDiscussion, type QuotedFigure, type QuotedFigures } from "./prelu-discussion.js"
export { smooth } from "./smoothing.js"
