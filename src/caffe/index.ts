export type { Source } from "../formats/source.js"
export { type LoadOptions, loadNet, parseNet } from "./load-net.js"
export { type Progress, zooNames } from "./zoo.js"
