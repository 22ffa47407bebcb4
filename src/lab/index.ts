export { type LabOptions, lab } from "./lab.js"
export { type LiteSiteOptions, liteSite } from "./lite-site.js"
export { joinParameters, parametersFrom } from "./parameters.js"
export { type CellFailure, type RunOptions, type RunReport, runNotebook } from "./run-notebook.js"
