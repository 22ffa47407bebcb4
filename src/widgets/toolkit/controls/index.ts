// Everything here is a member of `controls` in every cell.
export type { Child, LinkEnd, UploadedFile } from "./child.js"
export * from "./choices.js"
export * from "./generated/index.js"
export { Output } from "./output.js"
export { Tab } from "./tab.js"
