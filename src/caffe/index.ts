export { type LoadOptions, loadNet, parseNet } from "./load-net.js"
export type { Source } from "./source.js"
export { type Progress, zooNames } from "./zoo.js"
