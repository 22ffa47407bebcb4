export { type LearnedSlope, learnedSlopes } from "./learned-slopes.js"
export { type LayerSlopes, preluSlopes, SlopeReport } from "./prelu-slopes.js"
export { deadSlope, type SlopeStatistics, slopeStatistics } from "./slope-statistics.js"
export { leakySpread } from "./slope-warnings.js"
