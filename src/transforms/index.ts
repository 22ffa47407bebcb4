export { foldBatchNorm } from "./fold-batch-norm.js"
export { type FoldAction, FoldReport, type FoldRule } from "./fold-report.js"
export { type Rewrite, rewriteOf } from "./remembered.js"
