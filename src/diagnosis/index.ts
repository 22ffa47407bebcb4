export { type DiagnoseOptions, diagnose } from "./diagnose.js"
export { Diagnosis } from "./diagnosis.js"
export type { Difference, Finding } from "./finding.js"
